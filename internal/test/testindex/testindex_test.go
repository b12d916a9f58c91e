package testindex

import (
	"archive/zip"
	"bytes"
	"io"
	"net/http"
	"strings"
	"testing"
)

func TestWheelIsDeterministicAndRecorded(t *testing.T) {
	w := Wheel{Name: "de-mo", Version: "1.0", Build: "1", Tag: "py2.py3-none-any", Files: map[string]string{"b.py": "b", "a,1.py": "a"}}
	one, err := w.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	two, _ := w.Bytes()
	if !bytes.Equal(one, two) {
		t.Error("the same wheel has other bytes the second time")
	}
	if got, want := w.FileName(), "de_mo-1.0-1-py2.py3-none-any.whl"; got != want {
		t.Errorf("FileName() = %q, want %q", got, want)
	}
	z, err := zip.NewReader(bytes.NewReader(one), int64(len(one)))
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, f := range z.File {
		names = append(names, f.Name)
	}
	const info = "de_mo-1.0.dist-info/"
	if got, want := strings.Join(names, " "), "a,1.py b.py "+info+"METADATA "+info+"WHEEL "+info+"RECORD"; got != want {
		t.Errorf("entries %s, want %s", got, want)
	}
	r, _ := z.File[len(z.File)-1].Open()
	record, _ := io.ReadAll(r)
	// The hash of "a", from: printf a | openssl dgst -sha256 -binary | basenc --base64url
	if want := "\"a,1.py\",sha256=ypeBEsobvcr6wjGzmiPcTaeG7_gUfE5yuYB3ha_uSLs,1\n"; !strings.HasPrefix(string(record), want) {
		t.Errorf("RECORD is\n%swant it to begin with\n%s", record, want)
	}
}

func TestPagesLinkToFiles(t *testing.T) {
	dir := t.TempDir()
	MakeWheel(t, dir, "Demo", "1.0", "py3-none-any", map[string]string{"demo.py": "x = 1\n"})
	s := Start(t, dir)
	for _, accept := range []string{"text/html", "application/vnd.pypi.simple.v1+json"} {
		req, _ := http.NewRequest(http.MethodGet, s.Index+"/demo/", nil)
		req.Header.Set("Accept", accept)
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		body, _ := io.ReadAll(resp.Body)
		resp.Body.Close()
		if !strings.HasPrefix(resp.Header.Get("Content-Type"), accept) || !strings.Contains(string(body), "../../files/Demo-1.0-py3-none-any.whl") {
			t.Errorf("%s: got %s\n%s", accept, resp.Header.Get("Content-Type"), body)
		}
	}
	resp, err := http.Get(s.FileURL("Demo-1.0-py3-none-any.whl"))
	if err != nil || resp.StatusCode != http.StatusOK {
		t.Errorf("the file: %v, %v", resp, err)
	}
	resp.Body.Close()
	if got := s.Count("/simple/demo/"); got != 2 {
		t.Errorf("Count = %d, want 2", got)
	}
}
