package aws

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/lamella-build/lamella/event"
	"github.com/lamella-build/lamella/fault"
	"github.com/lamella-build/lamella/internal/awscall"
	"github.com/lamella-build/lamella/internal/test/catalogue"
	"github.com/lamella-build/lamella/store"
)

// stsOf is an STS that lets a role be assumed with MFA only, where demanded.
type stsOf struct {
	demands  bool
	sessions atomic.Int64
	requests atomic.Int64
}

func (s *stsOf) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	credentials := func(action, key string) {
		_, _ = fmt.Fprintf(w, `<%[1]sResponse><%[1]sResult><Credentials><AccessKeyId>%[2]s</AccessKeyId><SecretAccessKey>s</SecretAccessKey><SessionToken>t</SessionToken><Expiration>2099-01-01T00:00:00Z</Expiration></Credentials></%[1]sResult></%[1]sResponse>`, action, key)
	}
	s.requests.Add(1)
	w.Header().Set("Content-Type", "text/xml")
	switch action := r.FormValue("Action"); {
	case action == "GetSessionToken" && r.FormValue("TokenCode") == "123456" && r.FormValue("SerialNumber") == "arn:aws:iam::123456789012:mfa/me":
		s.sessions.Add(1)
		credentials(action, "SESSION")
	case action == "AssumeRole" && (!s.demands || strings.Contains(r.Header.Get("Authorization"), "Credential=SESSION/")):
		credentials(action, "ROLE")
	default:
		w.WriteHeader(http.StatusForbidden)
		_, _ = w.Write([]byte(`<ErrorResponse><Error><Type>Sender</Type><Code>AccessDenied</Code><Message>not authorized to perform: sts:AssumeRole</Message></Error></ErrorResponse>`))
	}
}

// TestRoleWithMFA: the code of the profile's own device is requested where the role demands
// it, once for all roles, and an error says so where nobody can be prompted. Each request is
// an event.
func TestRoleWithMFA(t *testing.T) {
	for name, test := range map[string]struct {
		demands, device, prompt bool
		asked                   int
		ok                      bool
		hint                    string
	}{
		"not demanded":          {device: true, prompt: true, ok: true},
		"not demanded, nobody":  {device: true, ok: true},
		"demanded":              {demands: true, device: true, prompt: true, asked: 1, ok: true},
		"nobody to prompt":      {demands: true, device: true, hint: "--mfa-code"},
		"no device":             {demands: true, prompt: true, hint: "mfa_serial"},
		"no device, no problem": {prompt: true, ok: true},
	} {
		t.Run(name, func(t *testing.T) {
			service := &stsOf{demands: test.demands}
			server := httptest.NewServer(service)
			defer server.Close()
			path := filepath.Join(t.TempDir(), "config")
			profile := "[profile p]\nregion = eu-central-1\naws_access_key_id = BASE\naws_secret_access_key = b\n"
			if test.device {
				profile += "mfa_serial = arn:aws:iam::123456789012:mfa/me\n"
			}
			if err := os.WriteFile(path, []byte(profile), 0o600); err != nil {
				t.Fatal(err)
			}
			for name, value := range map[string]string{"AWS_CONFIG_FILE": path, "AWS_SHARED_CREDENTIALS_FILE": "/nonexistent", "AWS_PROFILE": "", "AWS_CA_BUNDLE": "",
				"AWS_ACCESS_KEY_ID": "", "AWS_SECRET_ACCESS_KEY": "", "AWS_EC2_METADATA_DISABLED": "true", "AWS_ENDPOINT_URL": server.URL} {
				t.Setenv(name, value)
			}
			var logged atomic.Int64
			events := func(e event.Event) {
				if e.Kind == event.Debug && strings.HasPrefix(e.Message, "STS ") && strings.Contains(e.Message, " in eu-central-1: ") {
					logged.Add(1)
				}
			}
			ctx, asked := t.Context(), 0
			if test.prompt {
				ctx = awscall.WithMFACode(ctx, func() (string, error) { asked++; return "123456", nil })
			}
			for _, role := range []string{"one", "two"} {
				c, err := Connect(ctx, Options{Account: Account{Profile: "p", RoleARN: "arn:aws:iam::210987654321:role/" + role}, Events: events})
				if err != nil {
					t.Fatal(err)
				}
				_, layers, err := c.Open(store.Prefix{Bucket: "bucket"}, Storage{})
				if err != nil {
					t.Fatal(err)
				}
				who, err := c.layers.config.Credentials.Retrieve(ctx)
				if test.ok != (err == nil) || test.ok && who.AccessKeyID != "ROLE" {
					t.Fatalf("%+v, %v", who, err)
				}
				if test.ok {
					continue
				}
				_, err = layers.Versions(ctx, "deps")
				if hints := strings.Join(fault.Hints(err), "\n"); catalogue.KindOf(err) != fault.Destination || !strings.Contains(hints, test.hint) {
					t.Errorf("%v\n%s", err, hints)
				}
			}
			if logged.Load() != service.requests.Load() {
				t.Errorf("%d events for %d requests", logged.Load(), service.requests.Load())
			}
			if asked != test.asked || service.sessions.Load() != int64(test.asked) {
				t.Errorf("asked %d times for %d sessions", asked, service.sessions.Load())
			}
		})
	}
}
