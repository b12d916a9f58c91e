package codeartifact

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/lamella-build/lamella/fault"
)

var repository = Repository{Domain: "d", Owner: "111122223333", Name: "r", Region: "eu-central-1"}

// environ sets what the SDK reads: a configuration file, and a server for every service.
func environ(t *testing.T, server, configuration string) {
	t.Helper()
	home := t.TempDir()
	path := filepath.Join(home, "config")
	if err := os.WriteFile(path, []byte(configuration), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, value := range map[string]string{"HOME": home, "USERPROFILE": home, "AWS_CONFIG_FILE": path, "AWS_SHARED_CREDENTIALS_FILE": "/nonexistent", "AWS_PROFILE": "", "AWS_DEFAULT_PROFILE": "",
		"AWS_ACCESS_KEY_ID": "", "AWS_SECRET_ACCESS_KEY": "", "AWS_SESSION_TOKEN": "", "AWS_EC2_METADATA_DISABLED": "true", "AWS_CA_BUNDLE": "", "AWS_REGION": "",
		"AWS_ENDPOINT_URL": server, "AWS_ENDPOINT_URL_CODEARTIFACT": "", "AWS_MAX_ATTEMPTS": "1"} {
		t.Setenv(name, value)
	}
}

func signed(t *testing.T) {
	t.Setenv("AWS_ACCESS_KEY_ID", "id")
	t.Setenv("AWS_SECRET_ACCESS_KEY", "secret")
}

// clear checks that err is one of the index that names the repository and says what to do,
// without the text of the SDK's errors.
func clear(t *testing.T, err error, text string, hints ...string) {
	t.Helper()
	if fault.KindOf(err) != fault.Index {
		t.Fatalf("got %v, want an error of the index", err)
	}
	all := strings.Join(fault.Hints(err), "\n")
	if !strings.Contains(err.Error(), text) || !strings.Contains(err.Error(), "CodeArtifact repository d/r") || all == "" {
		t.Errorf("%v\n%s\nwant %q", err, all, text)
	}
	for _, hint := range hints {
		if !strings.Contains("\n"+all+"\n", hint+"\n") {
			t.Errorf("hints %q, want %q", all, hint)
		}
	}
	for _, raw := range []string{"operation error", "https response error", "RequestID", "get identity:", "get credentials:", "failed to refresh", "deserialization failed", "exceeded maximum number", "StatusCode"} {
		if strings.Contains(err.Error()+all, raw) {
			t.Errorf("%q is the SDK's text: %v", raw, err)
		}
	}
}

// TestSilence: an answer without what was asked for is no repository, and no token.
func TestSilence(t *testing.T) {
	for name, answer := range map[string]http.HandlerFunc{
		"200 empty":    say(200, ""),
		"204":          say(204, ""),
		"{}":           say(200, "{}"),
		"null":         say(200, "null"),
		"list":         say(200, "[]"),
		"html":         say(200, "<!DOCTYPE html><html><body>Log in</body></html>"),
		"empty":        say(200, `{"repositoryEndpoint":"","authorizationToken":""}`),
		"null inside":  say(200, `{"repositoryEndpoint":null,"authorizationToken":null}`),
		"other answer": say(200, `{"domain":{"name":"d"}}`),
		"cut":          say(200, `{"repositoryEndpoint":"https://`),
		"no end": func(w http.ResponseWriter, _ *http.Request) {
			for _, err := w.Write([]byte(`{"a":[{}`)); err == nil; {
				_, err = w.Write([]byte(strings.Repeat(",{}", 5000)))
			}
		},
		"refusal without end": func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(http.StatusForbidden)
			for _, err := w.Write([]byte(`{"message":"`)); err == nil; {
				_, err = w.Write([]byte(strings.Repeat("no ", 5000)))
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			server := httptest.NewServer(answer)
			defer server.Close()
			environ(t, server.URL, "")
			signed(t)
			for range 2 { // nothing is kept
				login := &Login{Repository: repository}
				endpoint, err := login.Endpoint(t.Context())
				if err == nil {
					t.Fatalf("the index is %q", endpoint)
				}
				clear(t, err, "")
				token, err := login.Token(t.Context(), "")
				if err == nil {
					t.Fatalf("the token is %q", token)
				}
				clear(t, err, "")
				if strings.HasSuffix(name, "no end") && !strings.Contains(err.Error(), "GetAuthorizationToken is larger than 4 MB") {
					t.Errorf("the error does not say which answer is too large: %v", err)
				}
			}
		})
	}
	for _, endpoint := range []string{"/", "pypi/r/", "//", "https://", "ftp://host/pypi/r/", "javascript:1", "https:///pypi/r/", "%zz"} {
		server := httptest.NewServer(say(200, fmt.Sprintf(`{"repositoryEndpoint":%q}`, endpoint)))
		environ(t, server.URL, "")
		signed(t)
		index, err := (&Login{Repository: repository}).Endpoint(t.Context())
		if err == nil {
			t.Errorf("%q is the index %q", endpoint, index)
		} else {
			clear(t, err, "GetRepositoryEndpoint")
		}
		server.Close()
	}
}

func say(status int, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}
}

// TestLackingCredentials: each way to have none says what to type.
func TestLackingCredentials(t *testing.T) {
	const (
		sso = "sso_start_url = https://start.example\nsso_region = eu-central-1\nsso_account_id = 123456789012\nsso_role_name = r\n"
		mfa = "role_arn = arn:aws:iam::123456789012:role/r\nsource_profile = base\nmfa_serial = arn:aws:iam::123456789012:mfa/me\n[profile base]\naws_access_key_id = a\naws_secret_access_key = b\n"
	)
	denied := say(403, `<ErrorResponse><Error><Code>AccessDenied</Code><Message>not authorized</Message></Error></ErrorResponse>`)
	for name, test := range map[string]struct {
		profile string
		answer  http.HandlerFunc
		text    string
		hints   []string
	}{
		"no keys":              {"output = json\n", nil, "no AWS credentials found", []string{"aws sso login --profile p", "export AWS_PROFILE=NAME"}},
		"SSO, never logged in": {sso, nil, "SSO session", []string{"aws sso login --profile p"}},
		"SSO session": {"sso_session = s\nsso_account_id = 123456789012\nsso_role_name = r\n[sso-session s]\nsso_start_url = https://start.example\nsso_region = eu-central-1\n", nil,
			"SSO session", []string{"aws sso login --profile p"}},
		"MFA":                {mfa, nil, "MFA", []string{"--mfa-code CODE", `eval "$(aws configure export-credentials --profile p --format env)"`}},
		"role denied":        {strings.Replace(mfa, "mfa_serial", "ignored", 1), denied, "cannot assume the role", []string{"aws sts get-caller-identity"}},
		"credential_process": {"credential_process = /nonexistent/program\n", nil, "credential_process", []string{"export AWS_PROFILE=NAME"}},
		"no such profile":    {"", nil, `profile "p" does not exist`, []string{"aws configure list-profiles"}},
		"expired token":      {"aws_access_key_id = a\naws_secret_access_key = b\n", say(403, `{"__type":"ExpiredTokenException","message":"The security token has expired"}`), "expired", []string{"aws sso login --profile p"}},
		"invalid keys":       {"aws_access_key_id = a\naws_secret_access_key = b\n", say(403, `{"__type":"UnrecognizedClientException","message":"The security token is invalid"}`), "invalid", []string{"aws sso login --profile p"}},
	} {
		t.Run(name, func(t *testing.T) {
			answer := test.answer
			if answer == nil {
				answer = func(http.ResponseWriter, *http.Request) { t.Error("a request was sent") }
			}
			server := httptest.NewServer(answer)
			defer server.Close()
			configuration := "[profile p]\n" + test.profile
			if test.profile == "" {
				configuration = ""
			}
			environ(t, server.URL, configuration)
			t.Setenv("AWS_PROFILE", "p")
			login := &Login{Repository: repository}
			_, err := login.Endpoint(t.Context())
			clear(t, err, test.text, test.hints...)
			_, err = login.Token(t.Context(), "")
			clear(t, err, test.text, test.hints...)
		})
	}
	t.Run("SSO, expired", func(t *testing.T) {
		server := httptest.NewServer(say(401, `{"message":"Session token not found or invalid"}`))
		defer server.Close()
		environ(t, server.URL, "[profile p]\n"+sso)
		t.Setenv("AWS_PROFILE", "p")
		for _, expires := range []string{"2020-01-01T00:00:00Z", "2099-01-01T00:00:00Z"} { // by its file, by the service
			cached := filepath.Join(os.Getenv("HOME"), ".aws", "sso", "cache")
			if err := os.MkdirAll(cached, 0o700); err != nil {
				t.Fatal(err)
			}
			const name = "1c5a689b7bb92284d0c514c4b1c1e1ce96d9621f.json"
			if err := os.WriteFile(filepath.Join(cached, name), []byte(`{"accessToken":"t","expiresAt":"`+expires+`"}`), 0o600); err != nil {
				t.Fatal(err)
			}
			_, err := (&Login{Repository: repository}).Endpoint(t.Context())
			clear(t, err, "SSO session", "log in: aws sso login --profile p")
		}
	})
	t.Run("unreachable", func(t *testing.T) {
		server := httptest.NewServer(nil)
		server.Close()
		environ(t, server.URL, "")
		signed(t)
		_, err := (&Login{Repository: repository}).Endpoint(t.Context())
		clear(t, err, "", "unset AWS_ENDPOINT_URL")
	})
}
