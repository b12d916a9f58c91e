package index

import (
	"bytes"
	"fmt"
	"net/url"
	"strings"
	"testing"

	"github.com/lamella-build/lamella/internal/digest"
	"github.com/lamella-build/lamella/internal/test/testenv"
)

const (
	hexA = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
	hexB = "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"
)

// everything wants every file.
func everything(string, []digest.Digest) bool { return true }

// show writes files one a line: name, URL, hashes, size and why it was yanked.
func show(files []listed) string {
	var b strings.Builder
	for _, f := range files {
		fmt.Fprintf(&b, "%s %s %v %d %q\n", f.Name, f.URL, f.Hashes, f.Size, f.Yanked)
	}
	return b.String()
}

func TestParsePage(t *testing.T) {
	const jsonType, htmlType = "application/vnd.pypi.simple.v1+json", "text/html; charset=utf-8"
	tests := []struct {
		name, contentType, body, want string
	}{
		{"HTML", htmlType, `<!DOCTYPE html><html><body>
			<a href="../../files/demo-1.0-py3-none-any.whl#sha256=` + hexA + `">demo-1.0-py3-none-any.whl</a>
			<A HREF='https://files.example/demo-1.0%2Blocal-py3-none-any.whl#sha256=` + strings.ToUpper(hexB) + `&amp;egg=demo' data-requires-python="&gt;=3.9">x</A>
			<a href="/abs/demo-1.0.tar.gz#md5=d41d8cd98f00b204e9800998ecf8427e" data-yanked>x</a>
			<a data-yanked="broken &amp; bad" href="demo-1.1.tar.gz">x</a>`,
			"demo-1.0-py3-none-any.whl https://index.example/files/demo-1.0-py3-none-any.whl [sha256:" + hexA + "] 0 \"\"\n" +
				"demo-1.0+local-py3-none-any.whl https://files.example/demo-1.0%2Blocal-py3-none-any.whl [sha256:" + hexB + "] 0 \"\"\n" +
				"demo-1.0.tar.gz https://index.example/abs/demo-1.0.tar.gz [] 0 \"no reason given\"\n" +
				"demo-1.1.tar.gz https://index.example/simple/demo/demo-1.1.tar.gz [] 0 \"broken & bad\"\n"},
		{"the first base counts", htmlType, `<base href="https://cdn.example/x/"><base href="/y/"><a href="demo-1.0.tar.gz">`,
			"demo-1.0.tar.gz https://cdn.example/x/demo-1.0.tar.gz [] 0 \"\"\n"},
		{"links that are no files", htmlType, `<a>x</a><a href="">x</a><a href="..">up</a><a href="mailto:a@b.example">x</a><a href="file:///etc/passwd">x</a><a href="javascript:x">x</a><a href="http://[::1">x</a>`, ""},
		{"JSON", jsonType, `{"meta":{"api-version":"1.3"},"name":"demo","files":[
			{"filename":"demo-1.0-py3-none-any.whl","url":"/f/abc","hashes":{"sha256":"` + hexA + `","md5":"x"},"size":12,"yanked":false,"requires-python":">=3"},
			{"filename":"demo-1.1.tar.gz","url":"https://files.example/demo-1.1.tar.gz","hashes":{},"yanked":"broken"},
			{"filename":"demo-1.2.tar.gz","url":"https://files.example/demo-1.2.tar.gz","hashes":{"sha256":"short"},"yanked":true,"size":-1},
			{"filename":"demo-1.3.tar.gz","url":"file:///etc/passwd"}]}`,
			"demo-1.0-py3-none-any.whl https://index.example/f/abc [sha256:" + hexA + "] 12 \"\"\n" +
				"demo-1.1.tar.gz https://files.example/demo-1.1.tar.gz [] 0 \"broken\"\n" +
				"demo-1.2.tar.gz https://files.example/demo-1.2.tar.gz [] 0 \"no reason given\"\n"},
		{"HTML called JSON", jsonType, "\ufeff\n <a href='demo-1.0.tar.gz'>", "demo-1.0.tar.gz https://index.example/simple/demo/demo-1.0.tar.gz [] 0 \"\"\n"},
		{"JSON called HTML", htmlType, ` {"files":[{"filename":"demo-1.0.tar.gz","url":"d"}]}`, "demo-1.0.tar.gz https://index.example/simple/demo/d [] 0 \"\"\n"},
		{"nothing", "", "", ""},
		{"a later JSON version", jsonType, `{"meta":{"api-version":"2.0"}}`, `error: the index uses version "2.0"`},
		{"a later HTML version", htmlType, `<meta name="pypi:repository-version" content="2.0">`, `error: the index uses version "2.0"`},
		{"broken JSON", jsonType, `{"files":[`, "error: the page is not valid JSON"},
		{"JSON of another shape", jsonType, `{"files":{"a":1}}`, "error: the page is not valid JSON"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			base, _ := url.Parse("https://index.example/simple/demo/")
			files, err := parsePage(strings.NewReader(test.body), test.contentType, base, everything)
			got := show(files)
			if err != nil {
				got = "error: " + err.Error()
			}
			if got != test.want && (err == nil || !strings.HasPrefix(got, test.want)) {
				t.Errorf("got\n%swant\n%s", got, test.want)
			}
		})
	}
}

// FuzzPage: no page makes a file that has no name, no http URL or an invalid hash.
func FuzzPage(f *testing.F) {
	f.Add([]byte(`<base href="x"><a href="demo-1.0.tar.gz#sha256=`+hexA+`" data-yanked>`), "text/html")
	f.Add([]byte(`{"meta":{"api-version":"1.0"},"files":[{"filename":"a","url":"b","hashes":{"sha256":"`+hexA+`"},"size":3,"yanked":"x"}]}`), "application/vnd.pypi.simple.v1+json")
	f.Add([]byte(`<meta name="pypi:repository-version" content="1.1">`), "")
	f.Fuzz(func(t *testing.T, body []byte, contentType string) {
		testenv.Frugal(t, func() {
			base, _ := url.Parse("https://index.example/simple/demo/")
			files, err := parsePage(bytes.NewReader(body), contentType, base, everything)
			if err != nil && len(files) > 0 {
				t.Error("files and an error")
			}
			for _, file := range files {
				if file.Name == "" || !isHTTP(file.URL) || file.Size < 0 {
					t.Errorf("%+v", file)
				}
				for _, h := range file.Hashes {
					if len(h.Hex()) != 2*h.New().Size() {
						t.Errorf("hash %q", h)
					}
				}
			}
		})
	})
}
