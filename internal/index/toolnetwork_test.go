package index

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// The tools get the certificates and proxies that lamella itself goes by.
func TestToolEnvNetwork(t *testing.T) {
	dir := t.TempDir()
	ca, client := filepath.Join(dir, "ca.pem"), filepath.Join(dir, "client.pem")
	if err := os.WriteFile(ca, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	named := []Index{{Name: "corp", URL: "https://corp.example/simple"}, {Name: "pub", URL: "https://pub.example/simple"}}
	own := Network{CA: Option{ca, "pip.conf"}, ClientCert: Option{client, "pip.conf"}, Proxy: Option{"http://proxy.example:3128", "pip.conf"},
		HTTPSProxy: Option{"http://uv.example:1", "uv.toml"}, NoProxy: Option{"a.example", "uv.toml"}, Trusted: []string{"corp.example", "b.example:8443"}}
	uvOnly := Network{HTTPSProxy: Option{"http://uv.example:1", "uv.toml"}, NoProxy: Option{"a.example", "uv.toml"}}
	folder := Network{CA: Option{dir, "pip.conf"}}
	for _, test := range []struct {
		name    string
		tool    Tool
		network Network
		env     environment
		want    []string
	}{
		{"pip", Pip, own, nil, []string{"PIP_CERT=" + ca, "PIP_CLIENT_CERT=" + client, "PIP_PROXY=http://proxy.example:3128",
			"PIP_TRUSTED_HOST=corp.example b.example:8443", "HTTPS_PROXY=http://uv.example:1", "NO_PROXY=a.example"}},
		{"uv", UV, own, nil, []string{"SSL_CERT_FILE=" + ca, "SSL_CLIENT_CERT=" + client, "UV_INSECURE_HOST=corp.example b.example:8443",
			"HTTP_PROXY=http://proxy.example:3128", "HTTPS_PROXY=http://proxy.example:3128"}},
		{"uv, a folder", UV, folder, nil, []string{"SSL_CERT_DIR=" + dir}},
		{"uv, with authorities of its own", UV, folder, environment{"SSL_CERT_FILE": ca}, nil},
		{"Poetry", Poetry, own, nil, []string{"REQUESTS_CA_BUNDLE=" + ca, "POETRY_CERTIFICATES_CORP_CLIENT_CERT=" + client, "POETRY_CERTIFICATES_CORP_CERT=false",
			"POETRY_CERTIFICATES_PUB_CLIENT_CERT=" + client, "HTTP_PROXY=http://proxy.example:3128", "HTTPS_PROXY=http://proxy.example:3128"}},
		{"uv.toml's proxy for pip", Pip, uvOnly, nil, []string{"HTTPS_PROXY=http://uv.example:1", "NO_PROXY=a.example"}},
		{"the environment first", Pip, uvOnly, environment{"https_proxy": "http://env.example", "NO_PROXY": "c"}, nil},
		{"nothing", UV, Network{}, nil, nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			test.network.env = test.env.get
			s := Settings{Network: test.network, Keychain: NewKeychain(test.env.get)}
			if test.tool == Poetry {
				s.Named = named
			}
			got, err := s.ToolEnv(t.Context(), test.tool)
			if err != nil {
				t.Fatal(err)
			}
			// the lower case of the proxies' names says the same
			vars := slices.DeleteFunc(got.Vars, func(v string) bool {
				return strings.HasPrefix(v, "http_") || strings.HasPrefix(v, "https_") || strings.HasPrefix(v, "no_")
			})
			if !slices.Equal(vars, test.want) {
				t.Errorf("got  %q\nwant %q", vars, test.want)
			}
			for _, path := range []string{test.network.CA.Value, test.network.ClientCert.Value} {
				if path != "" && !slices.Contains(got.Paths, path) {
					t.Errorf("a container would not see %s: %q", path, got.Paths)
				}
			}
		})
	}
}
