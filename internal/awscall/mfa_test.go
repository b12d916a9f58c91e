package awscall

import (
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"

	"github.com/aws/aws-sdk-go-v2/config"
)

// answering is a client whose requests go nowhere.
type answering http.HandlerFunc

func (a answering) Do(r *http.Request) (*http.Response, error) {
	w := httptest.NewRecorder()
	a(w, r)
	return w.Result(), nil
}

// TestMFA: a profile is asked for its code once, and the code reaches STS.
func TestMFA(t *testing.T) {
	var code atomic.Value
	sts := config.WithHTTPClient(answering(func(w http.ResponseWriter, r *http.Request) {
		code.Store(r.FormValue("TokenCode"))
		w.Header().Set("Content-Type", "text/xml")
		_, _ = w.Write([]byte(`<AssumeRoleResponse><AssumeRoleResult><Credentials><AccessKeyId>KEY</AccessKeyId><SecretAccessKey>s</SecretAccessKey><SessionToken>t</SessionToken><Expiration>2099-01-01T00:00:00Z</Expiration></Credentials></AssumeRoleResult></AssumeRoleResponse>`))
	}))
	path := filepath.Join(t.TempDir(), "config")
	profile := "[profile p]\nregion = eu-central-1\nrole_arn = arn:aws:iam::123456789012:role/r\nsource_profile = base\nmfa_serial = arn:aws:iam::123456789012:mfa/me\n[profile base]\naws_access_key_id = a\naws_secret_access_key = b\n"
	if err := os.WriteFile(path, []byte(profile), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, value := range map[string]string{"AWS_CONFIG_FILE": path, "AWS_SHARED_CREDENTIALS_FILE": "/nonexistent", "AWS_PROFILE": "p",
		"AWS_CA_BUNDLE": "", "AWS_ACCESS_KEY_ID": "", "AWS_SECRET_ACCESS_KEY": "", "AWS_EC2_METADATA_DISABLED": "true"} {
		t.Setenv(name, value)
	}
	asked := 0
	ctx := WithMFACode(t.Context(), func() (string, error) { asked++; return "123456", nil })
	for range 3 {
		cfg, err := Load(ctx, "", sts)
		if err != nil {
			t.Fatal(err)
		}
		who, err := cfg.Credentials.Retrieve(ctx)
		if err != nil || who.AccessKeyID != "KEY" {
			t.Fatalf("got %+v, %v", who, err)
		}
	}
	if asked != 1 || code.Load() != "123456" {
		t.Errorf("asked %d times, sent %v", asked, code.Load())
	}
	if _, err := Load(t.Context(), "", sts); !NoCredentials(err) {
		t.Errorf("nobody to ask: %v", err)
	}
}
