package e2e

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"testing"

	"github.com/lamella-build/lamella/internal/test/testenv"
)

// account is what the tests look at behind lamella's back.
type account struct {
	endpoint string // of moto
	bucket   string
}

// get sends a request that moto takes for one of the service's.
func (a account) get(t testing.TB, service, path string) (status int, body []byte) {
	t.Helper()
	request, err := http.NewRequest(http.MethodGet, a.endpoint+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	// moto looks who asks, not whether the signature is right.
	request.Header.Set("Authorization", "AWS4-HMAC-SHA256 Credential=test/20260101/"+testenv.Region+"/"+service+"/aws4_request, SignedHeaders=host, Signature=0")
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	body, err = io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response.StatusCode, body
}

// object returns an object's bytes; nil if there is none.
func (a account) object(t testing.TB, key string) []byte {
	t.Helper()
	status, body := a.get(t, "s3", "/"+a.bucket+"/"+key)
	if status != http.StatusOK {
		return nil
	}
	return body
}

// contents returns the CodeSha256 of each version of a layer, oldest first.
func (a account) contents(t testing.TB, layer string) []string {
	t.Helper()
	var list struct{ LayerVersions []struct{ Version int } }
	status, body := a.get(t, "lambda", "/2018-10-31/layers/"+layer+"/versions")
	if status == http.StatusNotFound {
		return nil
	}
	if err := json.Unmarshal(body, &list); err != nil {
		t.Fatalf("%d %s: %v", status, body, err)
	}
	var numbers []int
	for _, v := range list.LayerVersions {
		numbers = append(numbers, v.Version)
	}
	slices.Sort(numbers)
	var contents []string
	for _, number := range numbers {
		var v struct{ Content struct{ CodeSha256 string } }
		_, body := a.get(t, "lambda", fmt.Sprintf("/2018-10-31/layers/%s/versions/%d", layer, number))
		if err := json.Unmarshal(body, &v); err != nil {
			t.Fatal(err)
		}
		contents = append(contents, v.Content.CodeSha256)
	}
	return contents
}

// complain says what is wrong with a layer that is to have so many versions, of
// different contents, each with its manifest and record; "" if nothing is.
func (a account) complain(t testing.TB, layer, manifest string, versions int) string {
	t.Helper()
	contents := a.contents(t, layer)
	if len(contents) != versions {
		return fmt.Sprintf("%d versions, not %d", len(contents), versions)
	}
	for i, content := range contents {
		if slices.Contains(contents[:i], content) {
			return fmt.Sprintf("version %d has the content of an older one", i+1)
		}
		for _, name := range []string{manifest, "lamella.json"} {
			if a.object(t, fmt.Sprintf("%s/layer/%06d/%s", layer, i+1, name)) == nil {
				return fmt.Sprintf("version %d has no %s", i+1, name)
			}
		}
	}
	return ""
}

// leaseHeld reports whether the lease of a layer says that somebody has it.
func (a account) leaseHeld(t testing.TB, layer string) bool {
	t.Helper()
	data := a.object(t, layer+"/layer/lease")
	var lease struct{ Held bool }
	if err := json.Unmarshal(data, &lease); err != nil {
		t.Errorf("%s: lease %q: %v", layer, data, err)
	}
	return lease.Held
}
