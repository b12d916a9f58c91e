package secret

import (
	"net/url"
	"strings"
	"testing"
)

func TestRedact(t *testing.T) {
	tests := []struct{ in, want string }{
		{"https://index.example/simple", "https://index.example/simple"},
		{"https://user:secret@index.example/simple", "https://index.example/simple"},
		{"https://secret@index.example:8443/simple/", "https://index.example:8443/simple/"},
		{"https://index.example/simple?token=secret&x=secret", "https://index.example/simple?***"},
		{"https://u:secret@index.example/f.whl?sig=secret#sha256=00", "https://index.example/f.whl?***#sha256=00"},
		{"https://index.example/pkg@1.0/f.whl", "https://index.example/pkg@1.0/f.whl"},
		{"https://u:se/cret@index.example/f.whl", "https://index.example/f.whl"},
		{"u:secret@index.example/simple", "index.example/simple"},
		{"user:se\\cret@index.example/simple", "index.example/simple"},
		{"git@index.example:owner/repository.git", "git@index.example:owner/repository.git"},
		{"wheels@2/a:b@c", "wheels@2/a:b@c"},
		{"https://u:se@cret@index.example/f.whl", "https://index.example/f.whl"},
		{"https://u:se%zzcret@index.example/f", "https://index.example/f"},
		{"https://u:se?cret@index.example/f", "https://index.example/f"},
		{"https://u:se#cret@index.example/f", "https://index.example/f"},
		{"git+https://u:secret@git.example/r.git", "git+https://git.example/r.git"},
		{"http://u:secret@[::bad/x?sig=secret", "http://[::bad/x?***"},
		{"//u:secret@index.example/f", "//index.example/f"},
		{`https:\\u:secret@index.example\f`, `https:\\index.example\f`},
		{"https:u:secret@index.example/f", "https:index.example/f"},
		{"HTTPS://u:secret%40index.example/f", "HTTPS://index.example/f"},
		{"https://index.example/f#access_token=secret&sha256=00", "https://index.example/f#access_token=***&sha256=00"},
		{"https://index.example/f;sig=secret/g", "https://index.example/f;sig=***"},
		{"https://[::1]:80/f", "https://[::1]:80/f"},
		{"file:///wheels/a@b.whl", "file:///wheels/a@b.whl"},
		{"/home/me/wheels", "/home/me/wheels"},
		{`C:\wheels@home`, `C:\wheels@home`},
		{"", ""},
	}
	for _, test := range tests {
		if got := Redact(test.in); got != test.want {
			t.Errorf("Redact(%q) = %q, want %q", test.in, got, test.want)
		}
	}
}

func TestStrip(t *testing.T) {
	tests := []struct{ in, want string }{
		{"https://u:secret@index.example/f.whl?version=2#sha256=00", "https://index.example/f.whl?version=2#sha256=00"},
		{"https://index.example/f.whl?version=2&token=secret", "https://index.example/f.whl?version=2"},
		{"https://index.example/f.whl?X-Amz-Signature=secret&X-Amz-Credential=secret", "https://index.example/f.whl"},
		{"https://index.example/f.whl?x=https%3A%2F%2Fu%3Asecret%40h%2F", "https://index.example/f.whl"},
		{"git+ssh://git@git.example/r.git", "git+ssh://git@git.example/r.git"},
		{"ssh://git:secret@git.example/r.git", "ssh://git.example/r.git"},
		{"https://secret@git.example/r.git", "https://git.example/r.git"},
		{"https://index.example/f.whl#subdirectory=a&token=secret", "https://index.example/f.whl#subdirectory=a"},
	}
	for _, test := range tests {
		if got := Strip(test.in); got != test.want {
			t.Errorf("Strip(%q) = %q, want %q", test.in, got, test.want)
		}
	}
}

func TestText(t *testing.T) {
	tests := []struct{ in, want string }{
		{"a note: nothing here", "a note: nothing here"},
		{`parse "http://u:secret@[::bad/x?sig=secret": bad`, `parse "http://[::bad/x?sig=***": bad`},
		{`parse "http://u:sec\"ret@h/": bad`, `parse "http://h/": bad`},
		{"from https://u:secret@a.example to git+https://secret@b.example/r.git.", "from https://a.example to git+https://b.example/r.git."},
		{"PIP_INDEX_URL=https://USER:PASSWORD@index.example/simple", "PIP_INDEX_URL=https://USER:PASSWORD@index.example/simple"},
		{"https://${USER}:${PASSWORD}@index.example/simple", "https://${USER}:${PASSWORD}@index.example/simple"},
		{"-ihttps://u:secret@h/", "-ihttps://h/"},
		{"git+ssh://git@git.example/r.git is a repository", "git+ssh://git@git.example/r.git is a repository"},
		{"https://a.example/?next=https://u:secret@b.example/", "https://a.example/?next=***"},
		{"GET https://index.example/aB3dEfGh1JkLmN0p/org/repo/python/simple/six/: 404", "GET https://index.example/***/org/repo/python/simple/six/: 404"},
		{"https://b.example/priv/0f12e3d4c5b6a798/me/r/pypi/simple and https://c.example/me/", "https://b.example/priv/***/me/r/pypi/simple and https://c.example/me/"},
		{"https://h.example/?k=ghp_0123456789abcdefghijklmnopqrstuvwxyz", "https://h.example/?k=***"},
		{"time: 10:30, see https: and C:/x", "time: 10:30, see https: and C:/x"},
	}
	for _, test := range tests {
		if got := Text(test.in); got != test.want {
			t.Errorf("Text(%q) = %q, want %q", test.in, got, test.want)
		}
	}
}

// TestFind: each line is all of a file; want is the hosts and parameters that are
// found, separated by spaces.
func TestFind(t *testing.T) {
	tests := []struct{ name, text, want string }{
		{"requirements.txt", "--index-url https://me:s3cret@index.example/simple", "index.example"},
		{"requirements.txt", "--index-url=https://me:s3cret@index.example/simple", "index.example"},
		{"requirements.txt", "-i https://t0ken@index.example/simple", "index.example"},
		{"requirements.txt", "-ihttps://t0ken@index.example/simple", "index.example"},
		{"requirements.txt", "--extra-index-url HTTPS://t0ken:@index.example/simple", "index.example"},
		{"requirements.txt", "--find-links 'https://me:s3 cret@index.example/simple'", "index.example"},
		{"requirements.txt", `--find-links "https://me:s'cret@index.example/simple"`, "index.example"},
		{"requirements.txt", "--index-url https://index.example/simple?token=s3cret", "index.example?token"},
		{"requirements.txt", "--index-url https://index.example/simple?a=b&X-Amz-Signature=s3cret", "index.example?X-Amz-Signature"},
		{"requirements.txt", "--index-url https://index.example/simple?ACCESS_TOKEN=s3cret", "index.example?ACCESS_TOKEN"},
		{"requirements.txt", "--index-url https://index.example/simple?sv=1&%73ig=s3cret", "index.example?%73ig"},
		{"requirements.txt", "--index-url https://index.example/simple?apiKey=s3cret", "index.example?apiKey"},
		{"requirements.txt", "--index-url https://index.example/simple#auth=s3cret", "index.example?auth"},
		{"requirements.txt", "--index-url https://index.example/simple?password=s3cret", "index.example?password"},
		{"requirements.txt", "--index-url https://user:$secret@index.example/simple", "index.example"},
		{"requirements.txt", "--index-url https://user:${secret}@index.example/simple", "index.example"},
		{"requirements.txt", "--index-url https://$A_VARIABLE@index.example/simple", "index.example"},
		{"requirements.txt", "--index-url https://user:abc${SECRET}@index.example/simple", "index.example"},
		{"requirements.txt", "demo @ git+https://t0ken@git.example/demo.git", "git.example"},
		{"requirements.txt", "demo @ https://user%3As3cret@git.example/demo.zip", "git.example"},
		{"requirements.txt", "demo @ https://user:s3cret%40git.example/demo.zip", "git.example"},
		{"requirements.txt", "demo @ http://u:s3cret@[::bad/demo.zip", "[::bad"},
		{"requirements.txt", `demo @ https:\\u:s3cret@git.example/demo.zip`, "git.example"},
		{"requirements.txt", "--proxy http://me:s3cret@proxy.example:3128", "proxy.example:3128"},
		{"requirements.txt", "# once https://me:s3cret@index.example/simple", "index.example"},
		{"requirements.txt", "--index-url https://me:s3\\\ncret@index.example/simple", "index.example"},
		{"requirements.txt", "--index-url htt\\\r\n  ps://me:s3cret@index.example/simple", "index.example"},
		{"requirements.txt", "--index-url https://index.example/simple?tok\\\nen=s3cret", "index.example?token"},
		{"uv.lock", `registry = "https://:s3cret@index.example:8443/simple"`, "index.example:8443"},
		{"uv.lock", `wheels = [{ url = "https\u003a//u:s3cret@index.example/f.whl" }]`, "index.example"},
		{"uv.lock", `url = 'https://index.example/f.whl?se=1&sig=s3cret'`, "index.example?sig"},
		{"Pipfile.lock", `{"url":"https:\/\/u:s3cret@index.example\/simple"}`, "index.example"},
		{"Pipfile.lock", `{"url":"https://a.example/simple"},{"url":"https://u:p@b.example/s"}`, "b.example"},
		{"requirements.txt", "-i https://index.example/aB3dEfGh1JkLmN0p/org/repo/python/simple/", "index.example"},
		{"uv.lock", `registry = "https://index.example:443/aB3dEfGh1JkLmN0pQ/org/repo/python/simple/"`, "index.example:443"},
		{"poetry.lock", `url = "https://c.example/aB3dEfGh1JkLmN0pQrSt/me/"`, "c.example"},
		{"Pipfile.lock", `"url": "https:\/\/b.example\/0f12e3d4c5b6a798\/me\/r\/pypi\/simple"`, "b.example"},
		{"requirements.txt", "-i https://b.example/priv/0f12e3d4c5b6a798/me/r/pypi/simple", "b.example"},
		{"requirements.txt", "demo @ https://h.example/glpat-0123456789_abcdefghij/demo.zip", "h.example"},
		{"requirements.txt", "demo @ https://h.example/demo.zip?k=ghp_0123456789abcdefghijklmnopqrstuvwxyz", "h.example?k"},

		{"requirements.txt", "-i https://index.example/public/org/repo/python/simple/", ""},
		{"requirements.txt", "-i https://index.example/python313packages2/simple/", ""},
		{"requirements.txt", "-i https://index.example/0f12e3d4-c5b6-a798-8f01-0f12e3d4c5b6/_packaging/feed/pypi/simple/", ""},
		{"uv.lock", `url = "https://files.example/0f12e3d4c5b6a7980f12e3d4c5b6a7980f12e3d4/demo-1.0-py3-none-any.whl"`, ""},
		{"uv.lock", `url = "https://files.example/aB3dEfGh1JkLmN0p"`, ""},
		{"requirements.txt", "-i https://index.example/basic/org/repo/python/simple/", ""},
		{"requirements.txt", "-i https://index.example/${TOKEN}/org/repo/python/simple/", ""},
		{"requirements.txt", "-i https://c.example/${FURY_TOKEN}/me/", ""},
		{"requirements.txt", "-i https://c.example/me/", ""},
		{"requirements.txt", "-i https://c.example/the-company-of-me/", ""},
		{"requirements.txt", "-i https://b.example/me/r/pypi/simple", ""},
		{"uv.lock", `url = "https://files.example/packages/01/23/0123456789abcdef0123456789abcdef/demo-1.0-py3-none-any.whl"`, ""},
		{"Pipfile.lock", `"url": "https://$USER:$PASSWORD@index.example/simple"`, ""},
		{"Pipfile.lock", `"url": "https://${user}:${password}@index.example/simple"`, ""},
		{"requirements.txt", "--index-url https://${CORP_USER}:${CORP_PASSWORD}@index.example/simple", ""},
		{"requirements.txt", "--index-url https://index.example/simple?token=${TOKEN}", ""},
		{"requirements.txt", "--index-url https://me:****@index.example/simple", ""},
		{"requirements.txt", "demo @ git+ssh://git@git.example/demo.git", ""},
		{"requirements.txt", "demo @ git+ssh://deploy@git.example/demo.git", ""},
		{"requirements.txt", "--index-url https://aws@my-domain.example/simple", ""},
		{"uv.lock", `url = "https://files.example:8443/pkg@1.0/demo-1.0-py3-none-any.whl"`, ""},
		{"uv.lock", `url = "https://files.example/demo.whl?version=2#sha256=00&egg=demo"`, ""},
		{"requirements.txt", "# see https://docs.example/a:b@c, or write to somebody:somewhere@mail.org", ""},
	}
	for _, test := range tests {
		var got []string
		for _, f := range Find(test.name, "\n"+test.text+"\nsix==1.17.0\n") {
			text := f.Host
			if f.Parameter != "" {
				text += "?" + f.Parameter
			}
			if got = append(got, text); f.Line != 2 {
				t.Errorf("%s: line %d, want 2", test.text, f.Line)
			}
		}
		if got := strings.Join(got, " "); got != test.want {
			t.Errorf("%s: found %q, want %q", test.text, got, test.want)
		}
	}
}

// FuzzRedact: whatever net/url sees as user information or query is gone, from
// the URL alone and from a text with it; and Find sees what Strip takes away.
func FuzzRedact(f *testing.F) {
	f.Add("https://u:s3cr3t@index.example/a@b?c#d@e")
	f.Add("//s3cr3t@h")
	f.Add("https://t0ken@h/?token=x#sig=y")
	f.Fuzz(func(t *testing.T, s string) {
		Text(s)
		Find("requirements.txt", s)
		u, err := url.Parse(s)
		if err != nil || len(u.Scheme) == 1 { // a drive of Windows
			return
		}
		redacted, err := url.Parse(Redact(s))
		if err != nil {
			return
		}
		if redacted.User != nil || redacted.RawQuery != "" && redacted.RawQuery != hidden {
			t.Errorf("Redact(%q) = %q", s, redacted)
		}
		p, _ := split(s)
		if u.User == nil && !p.hasToken(pipVariable) && !strings.ContainsAny(s, "@?;&#") && !strings.Contains(s, "%40") && Redact(s) != s {
			t.Errorf("Redact(%q) = %q", s, redacted)
		}
		stripped := Strip(s)
		if again := Strip(stripped); again != stripped && u.Host != "" {
			t.Errorf("Strip(%q) = %q, and once more %q", s, stripped, again)
		}
	})
}
