package awscall

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"testing"

	"github.com/aws/aws-sdk-go-v2/config"
)

// TestEndpointOfRoles: the roles that profiles assume are requested where all other requests
// go.
func TestEndpointOfRoles(t *testing.T) {
	const (
		base = "[profile base]\nregion = eu-central-1\naws_access_key_id = a\naws_secret_access_key = b\n"
		role = "[profile p]\nregion = eu-central-1\nrole_arn = arn:aws:iam::123456789012:role/r\n"
	)
	token := filepath.Join(t.TempDir(), "token")
	if err := os.WriteFile(token, []byte("token"), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct {
		profile string
		env     map[string]string
		want    string
	}{
		"environment":      {role + "source_profile = base\n" + base, map[string]string{"AWS_ENDPOINT_URL": "http://all.example"}, "all.example"},
		"profile":          {role + "source_profile = base\nendpoint_url = http://profile.example\n" + base, nil, "profile.example"},
		"STS":              {role + "source_profile = base\n" + base, map[string]string{"AWS_ENDPOINT_URL": "http://all.example", "AWS_ENDPOINT_URL_STS": "http://sts.example"}, "sts.example"},
		"ignored":          {role + "source_profile = base\n" + base, map[string]string{"AWS_ENDPOINT_URL": "http://all.example", "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": "true"}, "sts.eu-central-1.amazonaws.com"},
		"none":             {role + "source_profile = base\n" + base, nil, "sts.eu-central-1.amazonaws.com"},
		"role of a role":   {role + "source_profile = q\n[profile q]\nrole_arn = arn:aws:iam::123456789012:role/q\nsource_profile = base\n" + base, map[string]string{"AWS_ENDPOINT_URL": "http://all.example"}, "all.example"},
		"identity":         {role + "web_identity_token_file = " + filepath.ToSlash(token) + "\n", map[string]string{"AWS_ENDPOINT_URL": "http://all.example"}, "all.example"},
		"identity and STS": {role + "web_identity_token_file = " + filepath.ToSlash(token) + "\n", map[string]string{"AWS_ENDPOINT_URL": "http://all.example", "AWS_ENDPOINT_URL_STS": "http://sts.example"}, "sts.example"},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "config")
			if err := os.WriteFile(path, []byte(test.profile), 0o600); err != nil {
				t.Fatal(err)
			}
			for _, name := range []string{"AWS_CA_BUNDLE", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_STS", "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS"} {
				t.Setenv(name, test.env[name])
			}
			t.Setenv("AWS_CONFIG_FILE", path)
			t.Setenv("AWS_SHARED_CREDENTIALS_FILE", "/nonexistent")
			t.Setenv("AWS_PROFILE", "p")
			t.Setenv("AWS_EC2_METADATA_DISABLED", "true")
			asked := 0
			cfg, err := Load(t.Context(), "", config.WithHTTPClient(answering(func(w http.ResponseWriter, r *http.Request) {
				asked++
				if r.URL.Host != test.want {
					t.Errorf("asked %s, not %s", r.URL.Host, test.want)
				}
				w.Header().Set("Content-Type", "text/xml")
				fmt.Fprintf(w, `<Response><%[1]sResult><Credentials><AccessKeyId>KEY</AccessKeyId><SecretAccessKey>s</SecretAccessKey><SessionToken>t</SessionToken><Expiration>2099-01-01T00:00:00Z</Expiration></Credentials></%[1]sResult></Response>`, r.FormValue("Action"))
			})))
			if err != nil {
				t.Fatal(err)
			}
			who, err := cfg.Credentials.Retrieve(t.Context())
			if err != nil || who.AccessKeyID != "KEY" || asked == 0 {
				t.Errorf("got %+v, %v after %d requests", who.AccessKeyID, err, asked)
			}
		})
	}
}
