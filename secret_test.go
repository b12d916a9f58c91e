package lamella

import "testing"

func TestSecretHost(t *testing.T) {
	tests := map[string]string{
		"--index-url https://me:s3cret@index.example/simple":                        "index.example",
		`registry = "https://:s3cret@index.example:8443/simple"`:                    "index.example",
		`{"url": "https://a.example/simple"}, {"url": "https://u:p@b.example/s"}`:   "b.example",
		"demo @ git+https://0123456789abcdef0123@git.example/demo.git":              "git.example",
		"--index-url https://${CORP_USER}:${CORP_PASSWORD}@index.example/simple":    "",
		"--index-url https://$A_VARIABLE_WITH_A_LONG_NAME@index.example/simple":     "",
		"--index-url https://me:****@index.example/simple":                          "",
		"demo @ git+ssh://git@git.example/demo.git":                                 "",
		"--index-url https://aws@my-domain.example/simple":                          "",
		`url = "https://files.example:8443/pkg@1.0/demo-1.0-py3-none-any.whl"`:      "",
		"# see https://docs.example/a:b@c, or write to somebody:somewhere@mail.org": "",
	}
	for line, want := range tests {
		if got := secretHost([]byte(line)); got != want {
			t.Errorf("%s: got %q, want %q", line, got, want)
		}
	}
}
