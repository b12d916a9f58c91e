package testenv

import (
	"bufio"
	"bytes"
	_ "embed"
	"errors"
	"fmt"
	"net/http"
	"os/exec"
	"strings"
	"sync"
	"testing"
)

//go:embed moto_server.py
var motoServer string

// Region is where the tests' buckets and layers are.
const Region = "us-east-1"

// Moto returns the base URL of moto's S3 and Lambda. The tests of one package
// share one server, so each takes names of its own.
func Moto(t testing.TB) string {
	t.Helper()
	url, err := StartMoto(Tool(t, "python"))
	if err != nil {
		t.Fatal(err)
	}
	return url
}

// StartMoto starts moto with the tests' Python, once a process, and returns its
// base URL. It ends with this process, whatever ends that.
func StartMoto(python string) (string, error) {
	moto.once.Do(func() { moto.url, moto.err = runMoto(python) })
	return moto.url, moto.err
}

// moto is the server of this test process.
var moto struct {
	once   sync.Once
	url    string
	err    error
	server *exec.Cmd // holds the pipe to its standard input open
}

func runMoto(python string) (string, error) {
	var stderr bytes.Buffer
	server := exec.Command(python, "-I", "-c", motoServer)
	server.Stderr = &stderr
	if _, err := server.StdinPipe(); err != nil { // closed when this process ends
		return "", err
	}
	stdout, err := server.StdoutPipe()
	if err != nil {
		return "", err
	}
	if err := server.Start(); err != nil {
		return "", err
	}
	moto.server = server
	port, err := bufio.NewReader(stdout).ReadString('\n')
	if err != nil {
		return "", fmt.Errorf("moto did not start: %w\n%s", errors.Join(err, server.Wait()), &stderr)
	}
	return "http://127.0.0.1:" + strings.TrimSpace(port), nil
}

// Bucket makes a bucket that is t's alone and returns its name.
func Bucket(t testing.TB, moto string) string {
	t.Helper()
	name := strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= '0' && r <= '9' {
			return r
		}
		return '-'
	}, strings.ToLower(t.Name()))
	name = strings.Trim("b-"+name[max(0, len(name)-50):], "-")
	if err := MakeBucket(moto, name); err != nil {
		t.Fatal(err)
	}
	return name
}

// MakeBucket makes a bucket at the endpoint moto, which asks for no signature.
func MakeBucket(moto, name string) error {
	request, err := http.NewRequest(http.MethodPut, moto+"/"+name, nil)
	if err != nil {
		return err
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("make bucket %s: %s", name, response.Status)
	}
	return nil
}

// MakeRole makes a role that functions may have, without the SDK of one more
// service.
func MakeRole(t testing.TB, moto, name string) {
	t.Helper()
	form := "Action=CreateRole&Version=2010-05-08&AssumeRolePolicyDocument=%7B%7D&RoleName=" + name
	request, err := http.NewRequest(http.MethodPost, moto, strings.NewReader(form))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	// moto looks which service is meant, not whether the signature is right.
	request.Header.Set("Authorization", "AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/iam/aws4_request, SignedHeaders=host, Signature=0")
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	_ = response.Body.Close()
}

// AWSEnv returns the environment in which the AWS SDKs talk to endpoint and
// look nowhere else for credentials.
func AWSEnv(endpoint string) []string {
	return []string{
		"AWS_ENDPOINT_URL=" + endpoint,
		"AWS_REGION=" + Region,
		"AWS_DEFAULT_REGION=" + Region,
		"AWS_ACCESS_KEY_ID=test",
		"AWS_SECRET_ACCESS_KEY=test",
		"AWS_EC2_METADATA_DISABLED=true",
		"AWS_CONFIG_FILE=/nonexistent",
		"AWS_SHARED_CREDENTIALS_FILE=/nonexistent",
	}
}
