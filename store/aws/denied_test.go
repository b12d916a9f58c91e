package aws

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/lamella-build/lamella/fault"
	"github.com/lamella-build/lamella/internal/test/catalogue"
	"github.com/lamella-build/lamella/internal/test/fakeaws"
	"github.com/lamella-build/lamella/store"
)

// TestRefusedPublications: the hints name the right that is missing, or who can
// grant it, and never the one that is there.
func TestRefusedPublications(t *testing.T) {
	const me = "User: arn:aws:iam::123456789012:user/me is not authorized to perform: "
	for name, test := range map[string]struct {
		code, message string
		hint, not     string
	}{
		"no right":               {"AccessDeniedException", me + "lambda:PublishLayerVersion because no identity-based policy allows the lambda:PublishLayerVersion action", "allow lambda:PublishLayerVersion", "organization"},
		"service control policy": {"AccessDeniedException", me + "lambda:PublishLayerVersion with an explicit deny in a service control policy", "organization's administrator", "allow lambda:PublishLayerVersion on"},
		"boundary":               {"AccessDeniedException", me + "lambda:PublishLayerVersion because no permissions boundary allows the lambda:PublishLayerVersion action", "permissions boundary", "allow lambda:PublishLayerVersion on"},
		"resource policy":        {"AccessDeniedException", me + "s3:GetObject on resource: x with an explicit deny in a resource-based policy", "s3:GetObject", "lambda:PublishLayerVersion on"},
		"no resource policy":     {"AccessDeniedException", me + "s3:GetObject on resource: x because no resource-based policy allows the s3:GetObject action", "allow s3:GetObject in the bucket policy", "Deny"},
		"VPC endpoint":           {"AccessDeniedException", me + "lambda:PublishLayerVersion because no VPC endpoint policy allows the lambda:PublishLayerVersion action", "VPC endpoint", "allow lambda:PublishLayerVersion on"},
		"S3, by action":          {"AccessDeniedException", me + "s3:GetObject on resource: x", "allow s3:GetObject", "allow lambda:PublishLayerVersion"},
		"KMS, by action":         {"AccessDeniedException", me + "kms:Decrypt on resource: x", "allow kms:Decrypt", "allow lambda:PublishLayerVersion"},
		"S3, by Lambda":          {"InvalidParameterValueException", "Error occurred while GetObject. S3 Error Code: AccessDenied. S3 Error Message: Access Denied", "use s3:GetObject", "allow lambda:"},
		"KMS, by Lambda":         {"KMSAccessDeniedException", "Lambda was unable to decrypt", "use kms:Decrypt", "allow lambda:"},
		"KMS key disabled":       {"KMSDisabledException", "the key is disabled", "--kms-key", "allow lambda:"},
		"runtime":                {"InvalidParameterValueException", "Value python3.15 at 'compatibleRuntimes' failed to satisfy constraint", "--compatible-runtime", "allow"},
		"runtime in the region":  {"InvalidParameterValueException", "The runtime python3.14 is not supported in this region", "--region", "allow"},
		"architecture":           {"InvalidParameterValueException", "The architecture arm64 is not available in this region", "--arch", "allow"},
		"policy size":            {"PolicyLengthExceededException", "too long", "--share o-", "allow"},
	} {
		t.Run(name, func(t *testing.T) {
			server, o, l := start(t)
			server.Inject(fakeaws.Fault{Op: "PublishLayerVersion", Status: 403, Code: test.code, Message: test.message})
			_, err := l.Publish(t.Context(), store.Publication{Name: "deps", Content: o.Location("k")})
			hints := strings.Join(fault.Hints(err), "\n")
			if catalogue.KindOf(err) != fault.Destination || errors.Is(err, store.ErrUnknownOutcome) {
				t.Errorf("got %v", err)
			}
			if !strings.Contains(hints, test.hint) || strings.Contains(hints, test.not) {
				t.Errorf("%v: hints %q", err, hints)
			}
		})
	}
}

// TestLackingCredentials: each way to have none is told with what to type.
func TestLackingCredentials(t *testing.T) {
	for name, test := range map[string]struct{ profile, hint string }{
		"SSO, by --profile":    {"sso_start_url = https://start.example\nsso_region = eu-central-1\nsso_account_id = 123456789012\nsso_role_name = r", "aws sso login --profile p"},
		"SSO, never logged in": {"sso_start_url = https://start.example\nsso_region = eu-central-1\nsso_account_id = 123456789012\nsso_role_name = r", "aws sso login --profile p"},
		"SSO session":          {"sso_session = s\nsso_account_id = 123456789012\nsso_role_name = r\n[sso-session s]\nsso_start_url = https://start.example\nsso_region = eu-central-1", "aws sso login --profile p"},
		"MFA":                  {"role_arn = arn:aws:iam::123456789012:role/r\nsource_profile = base\nmfa_serial = arn:aws:iam::123456789012:mfa/me\n[profile base]\naws_access_key_id = a\naws_secret_access_key = b", "--profile p"},
		"credential_process":   {"credential_process = /nonexistent/program", "credential_process"},
		"nothing":              {"output = json", "aws sso login"},
	} {
		t.Run(name, func(t *testing.T) {
			fakeaws.New(t, bucket).Use(t)
			dir := t.TempDir()
			path := filepath.Join(dir, "config")
			if err := os.WriteFile(path, []byte("[profile p]\n"+test.profile+"\n"), 0o600); err != nil {
				t.Fatal(err)
			}
			for variable, value := range map[string]string{"AWS_CONFIG_FILE": path, "AWS_PROFILE": "p", "HOME": dir, "AWS_ACCESS_KEY_ID": "", "AWS_SECRET_ACCESS_KEY": ""} {
				t.Setenv(variable, value)
			}
			err := func() error {
				options := Options{Sleep: noSleep}
				if name == "SSO, by --profile" {
					t.Setenv("AWS_PROFILE", "")
					options.Profile = "p"
				}
				o, _, err := New(t.Context(), store.Prefix{Bucket: bucket}, options)
				if err != nil {
					return err
				}
				_, _, err = o.Get(t.Context(), "k")
				return err
			}()
			hints := strings.Join(fault.Hints(err), "\n")
			if catalogue.KindOf(err) != fault.Destination || !strings.Contains(hints+"\n"+err.Error(), test.hint) {
				t.Errorf("got %v, hints %q", err, hints)
			}
		})
	}
}
