package awscall

import (
	"crypto/sha1"
	"encoding/hex"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/smithy-go/middleware"
)

// drip sends an answer byte by byte, for ever.
func drip(w http.ResponseWriter, _ *http.Request) {
	for _, err := w.Write([]byte("<")); err == nil; _, err = w.Write([]byte(" ")) {
		_ = http.NewResponseController(w).Flush()
		time.Sleep(5 * time.Millisecond)
	}
}

// TestAnswerThatDrips: whoever reads an answer into memory gives it up in time.
func TestAnswerThatDrips(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(drip))
	defer server.Close()
	short := answers{100 * time.Millisecond}
	slow := func(name string, err error) {
		if limit, ok := errors.AsType[*LimitError](err); !ok || !strings.Contains(limit.Why, "longer than 100ms") {
			t.Errorf("%s: %v", name, err)
		}
	}
	post, err := http.NewRequestWithContext(t.Context(), http.MethodPost, server.URL, strings.NewReader("Action=X"))
	if err != nil {
		t.Fatal(err)
	}
	response, err := wholeAnswers{server.Client(), short}.Do(post)
	if err != nil {
		t.Fatal(err)
	}
	_, err = io.ReadAll(response.Body)
	slow("ahead", err)
	if err := response.Body.Close(); err != nil {
		t.Error(err)
	}

	client := sts.New(sts.Options{Region: "eu-central-1", BaseEndpoint: &server.URL, Credentials: credentials.NewStaticCredentialsProvider("a", "b", ""),
		Retryer: aws.NopRetryer{}, APIOptions: []func(*middleware.Stack) error{func(s *middleware.Stack) error {
			return s.Deserialize.Add(middleware.DeserializeMiddlewareFunc("short", short.bound), middleware.After)
		}}})
	_, err = client.GetCallerIdentity(t.Context(), &sts.GetCallerIdentityInput{})
	slow("by the SDK", err)
}

// TestStreamsStayStreams: an object is read while it arrives, and its request ends with it.
func TestStreamsStayStreams(t *testing.T) {
	rest := make(chan bool)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", "8")
		_, _ = w.Write([]byte("half"))
		_ = http.NewResponseController(w).Flush()
		<-rest
		_, _ = w.Write([]byte("half"))
	}))
	defer server.Close()
	client := s3.New(s3.Options{Region: "eu-central-1", BaseEndpoint: &server.URL, UsePathStyle: true, Credentials: credentials.NewStaticCredentialsProvider("a", "b", ""),
		APIOptions: []func(*middleware.Stack) error{Bounded}})
	out, err := client.GetObject(t.Context(), &s3.GetObjectInput{Bucket: aws.String("bucket"), Key: aws.String("k")})
	if err != nil {
		t.Fatal(err)
	}
	half := make([]byte, 4)
	_, err = io.ReadFull(out.Body, half)
	close(rest)
	if err != nil || string(half) != "half" {
		t.Errorf("%q, %v", half, err)
	}
	if data, err := io.ReadAll(out.Body); err != nil || string(data) != "half" {
		t.Errorf("%q, %v", data, err)
	}
	if err := out.Body.Close(); err != nil {
		t.Error(err)
	}
}

// loggedIn is a profile with an SSO session that has been logged in to at the server.
func loggedIn(t *testing.T, server string) {
	t.Helper()
	home := t.TempDir()
	sum := sha1.Sum([]byte("https://start.example"))
	files := map[string]string{
		"config": "[profile p]\nregion = eu-central-1\nsso_start_url = https://start.example\nsso_region = eu-central-1\nsso_account_id = 123456789012\nsso_role_name = r\n",
		filepath.Join(".aws", "sso", "cache", hex.EncodeToString(sum[:])+".json"): `{"accessToken":"t","expiresAt":"2099-01-01T00:00:00Z"}`,
	}
	for name, content := range files {
		path := filepath.Join(home, name)
		if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o700), os.WriteFile(path, []byte(content), 0o600)); err != nil {
			t.Fatal(err)
		}
	}
	for name, value := range map[string]string{"HOME": home, "USERPROFILE": home, "AWS_CONFIG_FILE": filepath.Join(home, "config"), "AWS_SHARED_CREDENTIALS_FILE": "/nonexistent",
		"AWS_PROFILE": "p", "AWS_CA_BUNDLE": "", "AWS_ACCESS_KEY_ID": "", "AWS_SECRET_ACCESS_KEY": "", "AWS_EC2_METADATA_DISABLED": "true", "AWS_ENDPOINT_URL_SSO": server, "AWS_MAX_ATTEMPTS": "1"} {
		t.Setenv(name, value)
	}
}

// TestAnswersOfSSO: what the SDK's own client gets has the same limits, and is complete.
func TestAnswersOfSSO(t *testing.T) {
	const whole = `{"roleCredentials":{"accessKeyId":"KEY","secretAccessKey":"s","sessionToken":"t","expiration":4070908800000}}`
	for name, test := range map[string]struct {
		answer  http.HandlerFunc
		explain string // what ExplainCredentials says; "" if there are credentials
	}{
		"whole":     {say(200, whole), ""},
		"200 empty": {say(200, ""), "GetRoleCredentials is incomplete"},
		"204":       {say(204, ""), "GetRoleCredentials is incomplete"},
		"{}":        {say(200, "{}"), "GetRoleCredentials is incomplete"},
		"null":      {say(200, "null"), "unreadable"},
		"no keys":   {say(200, `{"roleCredentials":{}}`), "it has no AccessKeyId"},
		"no token":  {say(200, strings.Replace(whole, `"t"`, `""`, 1)), "it has no SessionToken"},
		"no end": {func(w http.ResponseWriter, _ *http.Request) {
			for _, err := w.Write([]byte(`{"roleCredentials":[`)); err == nil; {
				_, err = w.Write([]byte(strings.Repeat("{},", 5000)))
			}
		}, "GetRoleCredentials is larger than 4 MB"},
	} {
		t.Run(name, func(t *testing.T) {
			server := httptest.NewServer(test.answer)
			defer server.Close()
			loggedIn(t, server.URL)
			cfg, err := Load(t.Context(), "", config.WithRegion("eu-central-1"))
			if err != nil {
				t.Fatal(err)
			}
			who, err := cfg.Credentials.Retrieve(t.Context())
			if test.explain == "" {
				if err != nil || who.AccessKeyID != "KEY" {
					t.Errorf("%v, %v", who.AccessKeyID, err)
				}
				return
			}
			if err == nil {
				t.Fatal("there are credentials")
			}
			if text, hints := ExplainCredentials(err); !strings.Contains(text, test.explain) || len(hints) == 0 {
				t.Errorf("%s, hints %q, for %v", text, hints, err)
			}
		})
	}
}

func say(status int, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}
}
