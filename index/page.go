package index

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/url"
	"path"
	"strings"

	"golang.org/x/net/html"

	"github.com/lamella-build/lamella/digest"
)

// accept asks for JSON first, as PEP 691, "Content-Types", recommends.
const accept = "application/vnd.pypi.simple.v1+json, application/vnd.pypi.simple.v1+html;q=0.2, text/html;q=0.01"

// listed is one file on an index page. The files' data-requires-python is not
// read: a locked version was already chosen, and the wheel's tags decide.
type listed struct {
	Name   string // file name, percent-decoded
	URL    *url.URL
	Hashes []digest.Digest // of the algorithms that we know
	Size   int64           // bytes, 0 if the page does not say
	Yanked string          // why, "" if it is not
}

// parsePage reads a project page that came from base. The content decides the
// format where it is clear, as servers are known to label one as the other.
func parsePage(body []byte, contentType string, base *url.URL) ([]listed, error) {
	body = bytes.TrimPrefix(body, []byte("\xef\xbb\xbf"))
	isJSON := false
	if mediaType, _, err := mime.ParseMediaType(contentType); err == nil {
		isJSON = mediaType == "application/json" || strings.HasSuffix(mediaType, "+json")
	}
	if start := bytes.TrimLeft(body, " \t\r\n"); len(start) > 0 {
		switch start[0] {
		case '{':
			isJSON = true
		case '<':
			isJSON = false
		}
	}
	if isJSON {
		return parseJSON(body, base)
	}
	return parseHTML(body, base)
}

// jsonPage is the part of a PEP 691 project page that is needed.
type jsonPage struct {
	Meta struct {
		APIVersion string `json:"api-version"`
	} `json:"meta"`
	Files []struct {
		Filename string            `json:"filename"`
		URL      string            `json:"url"`
		Hashes   map[string]string `json:"hashes"`
		Size     int64             `json:"size"`
		Yanked   any               `json:"yanked"` // bool, or the reason (PEP 691, PEP 592)
	} `json:"files"`
}

func parseJSON(body []byte, base *url.URL) ([]listed, error) {
	var page jsonPage
	if err := json.Unmarshal(body, &page); err != nil {
		return nil, fmt.Errorf("the page is not valid JSON: %w", err)
	}
	if err := checkAPIVersion(page.Meta.APIVersion); err != nil {
		return nil, err
	}
	var files []listed
	for _, f := range page.Files {
		u, err := base.Parse(f.URL)
		if err != nil || !isHTTP(u) || f.Filename == "" {
			continue
		}
		file := listed{Name: f.Filename, URL: u, Size: max(f.Size, 0)}
		for _, algorithm := range []string{"sha256", "sha384", "sha512"} {
			file.addHash(algorithm, f.Hashes[algorithm])
		}
		switch yanked := f.Yanked.(type) {
		case bool:
			if yanked {
				file.Yanked = noReason
			}
		case string:
			file.Yanked = yanked
		}
		files = append(files, file)
	}
	return files, nil
}

// noReason stands for a yanked file's reason where the index gives none.
const noReason = "no reason given"

// checkAPIVersion refuses what PEP 629 tells clients to refuse: another major version.
func checkAPIVersion(v string) error {
	if major, _, _ := strings.Cut(v, "."); v != "" && major != "1" {
		return fmt.Errorf("the index speaks version %q of the simple API; lamella knows version 1", v)
	}
	return nil
}

func parseHTML(body []byte, base *url.URL) ([]listed, error) {
	var files []listed
	baseSeen := false
	z := html.NewTokenizer(bytes.NewReader(body))
	for {
		switch z.Next() {
		case html.ErrorToken:
			if err := z.Err(); !errors.Is(err, io.EOF) {
				return nil, fmt.Errorf("the page is not valid HTML: %w", err)
			}
			return files, nil
		case html.StartTagToken, html.SelfClosingTagToken:
			token := z.Token()
			switch token.Data {
			case "meta":
				if attribute(token, "name") == "pypi:repository-version" {
					if err := checkAPIVersion(attribute(token, "content")); err != nil {
						return nil, err
					}
				}
			case "base": // only the first one counts (HTML, "The base element")
				if u, err := base.Parse(attribute(token, "href")); err == nil && !baseSeen && isHTTP(u) {
					base, baseSeen = u, true
				}
			case "a":
				if file, ok := parseAnchor(token, base); ok {
					files = append(files, file)
				}
			}
		}
	}
}

// parseAnchor reads one link (PEP 503; data-yanked: PEP 592). Like pip it takes
// the file's name from the URL, not from the text.
func parseAnchor(token html.Token, base *url.URL) (listed, bool) {
	u, err := base.Parse(strings.TrimSpace(attribute(token, "href")))
	if err != nil || !isHTTP(u) {
		return listed{}, false
	}
	file := listed{Name: path.Base(u.Path), URL: u}
	if strings.HasSuffix(u.Path, "/") || u.Path == "" {
		return listed{}, false
	}
	for part := range strings.SplitSeq(u.Fragment, "&") {
		if algorithm, hex, ok := strings.Cut(part, "="); ok {
			file.addHash(algorithm, hex)
		}
	}
	for _, a := range token.Attr {
		if a.Key == "data-yanked" {
			file.Yanked = a.Val
			if a.Val == "" {
				file.Yanked = noReason
			}
		}
	}
	u.Fragment, u.RawFragment = "", ""
	return file, true
}

// addHash notes a hash, unless its algorithm is none that a lock may use (md5) or
// it is malformed; then the file is as good as without.
func (f *listed) addHash(algorithm, hex string) {
	if d, err := digest.Parse(algorithm + ":" + hex); err == nil {
		f.Hashes = append(f.Hashes, d)
	}
}

func attribute(token html.Token, key string) string {
	for _, a := range token.Attr {
		if a.Key == key {
			return a.Val
		}
	}
	return ""
}

func isHTTP(u *url.URL) bool {
	return (u.Scheme == "http" || u.Scheme == "https") && u.Host != ""
}
