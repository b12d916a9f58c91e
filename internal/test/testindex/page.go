package testindex

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"html"
	"net/http"
	"net/url"
	"strings"

	"github.com/lamella-build/lamella/pypa/pep503"
)

// page sends a project's page, as JSON if that was asked for.
func (s *Server) page(w http.ResponseWriter, r *http.Request) {
	project, ok := strings.CutSuffix(strings.TrimPrefix(r.URL.Path, "/simple/"), "/")
	if !ok || project != pep503.Normalize(project) {
		http.NotFound(w, r)
		return
	}
	var files []file
	for _, name := range s.names() {
		stem, _, _ := strings.Cut(name, "-")
		if pep503.Normalize(stem) == project {
			files = append(files, s.describe(name))
		}
	}
	if len(files) == 0 {
		http.NotFound(w, r)
		return
	}
	asJSON := !s.HTMLOnly && strings.Contains(r.Header.Get("Accept"), "application/vnd.pypi.simple.v1+json")
	contentType, body := "text/html; charset=utf-8", htmlPage(project, files)
	if asJSON {
		contentType, body = "application/vnd.pypi.simple.v1+json", jsonPage(project, files)
	}
	if s.ContentType != "" {
		contentType = s.ContentType
	}
	w.Header().Set("Content-Type", contentType)
	w.Write(body)
}

// file is one file as a page of the simple API has it.
type file struct {
	Name   string            `json:"filename"`
	URL    string            `json:"url"`
	Hashes map[string]string `json:"hashes"`
	Size   int64             `json:"size"`
}

func (s *Server) describe(name string) file {
	f := file{Name: name, URL: "../../files/" + url.PathEscape(name), Hashes: map[string]string{}}
	if s.FilesAt != "" {
		f.URL = s.FilesAt + url.PathEscape(name)
	}
	content, err := s.read(name)
	if err == nil {
		f.Size = int64(len(content))
		if !s.NoHashes {
			sum := sha256.Sum256(content)
			f.Hashes["sha256"] = hex.EncodeToString(sum[:])
		}
	}
	return f
}

func jsonPage(project string, files []file) []byte {
	body, err := json.Marshal(map[string]any{
		"meta": map[string]string{"api-version": "1.1"}, "name": project, "files": files,
	})
	if err != nil {
		panic(err) // of these types, never
	}
	return body
}

func htmlPage(project string, files []file) []byte {
	var b strings.Builder
	fmt.Fprintf(&b, "<!DOCTYPE html>\n<html><head><meta name=\"pypi:repository-version\" content=\"1.1\"><title>Links for %s</title></head>\n<body>\n", project)
	for _, f := range files {
		href := f.URL
		if sum := f.Hashes["sha256"]; sum != "" {
			href += "#sha256=" + sum
		}
		fmt.Fprintf(&b, "<a href=\"%s\">%s</a><br>\n", html.EscapeString(href), html.EscapeString(f.Name))
	}
	b.WriteString("</body></html>\n")
	return []byte(b.String())
}
