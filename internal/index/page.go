package index

import (
	"bufio"
	"cmp"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/url"
	"strings"

	"golang.org/x/net/html"

	"github.com/lamella-build/lamella/internal/bound"
	"github.com/lamella-build/lamella/internal/digest"
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

// filter tells which files of a page are kept, by name and hashes. It is asked for
// every file, in the page's order, before its URL is looked at.
type filter func(name string, hashes []digest.Digest) bool

// parsePage reads a project page that came from base as a stream and returns the
// files that want reports: whatever else is on the page takes no memory. The content
// decides the format where it is clear, as servers are known to label one as the other.
func parsePage(r io.Reader, contentType string, base *url.URL, want filter) ([]listed, error) {
	text := bufio.NewReaderSize(bound.Reader(r, bound.Page, "an index page"), 64<<10)
	if mark, _ := text.Peek(3); string(mark) == "\xef\xbb\xbf" {
		_, _ = text.Discard(3)
	}
	isJSON := false
	if mediaType, _, err := mime.ParseMediaType(contentType); err == nil {
		isJSON = mediaType == "application/json" || strings.HasSuffix(mediaType, "+json")
	}
	first, err := firstByte(text)
	switch {
	case err != nil:
		return nil, err
	case first == '{':
		isJSON = true
	case first == '<':
		isJSON = false
	}
	p := &page{base: base, want: want}
	if isJSON {
		err = p.readJSON(text)
	} else {
		err = p.readHTML(text)
	}
	if err != nil {
		return nil, err
	}
	return p.files, nil
}

// firstByte skips white space and returns what follows it, 0 if nothing does.
func firstByte(r *bufio.Reader) (byte, error) {
	for {
		c, err := r.ReadByte()
		switch {
		case err == io.EOF:
			return 0, nil
		case err != nil:
			return 0, err
		case c != ' ' && c != '\t' && c != '\r' && c != '\n':
			return c, r.UnreadByte()
		}
	}
}

// page is a project page that is being read.
type page struct {
	base    *url.URL
	hasBase bool // base is from the page's <base>
	want    filter
	files   []listed
	tooMany error
}

// add keeps a file that is wanted, if its URL is one to fetch from.
func (p *page) add(file listed, rawURL string) error {
	if !p.want(file.Name, file.Hashes) {
		return nil
	}
	u, err := p.base.Parse(rawURL)
	if err != nil || !isHTTP(u) {
		return nil
	}
	if len(p.files) == bound.Links {
		p.tooMany = fmt.Errorf("the page lists more than %d files for one version", bound.Links)
		return p.tooMany
	}
	u.Fragment, u.RawFragment = "", ""
	file.URL = u
	p.files = append(p.files, file)
	return nil
}

// noReason stands for a yanked file's reason where the index gives none.
const noReason = "no reason given"

// checkAPIVersion refuses what PEP 629 tells clients to refuse: another major version.
func checkAPIVersion(v string) error {
	if major, _, _ := strings.Cut(v, "."); v != "" && major != "1" {
		return fmt.Errorf("the index uses version %q of the simple API, but lamella supports only version 1", v)
	}
	return nil
}

// readHTML reads a page as of PEP 503.
func (p *page) readHTML(r io.Reader) error {
	z := html.NewTokenizer(r)
	z.SetMaxBuf(bound.PageItem)
	for {
		switch z.Next() {
		case html.ErrorToken:
			if err := z.Err(); !errors.Is(err, io.EOF) {
				return pageError("HTML", err)
			}
			return nil
		case html.StartTagToken, html.SelfClosingTagToken:
			if err := p.readTag(z); err != nil {
				return err
			}
		}
	}
}

// readTag reads the start tag that z is at.
func (p *page) readTag(z *html.Tokenizer) error {
	switch name, attributes := z.TagName(); string(name) {
	case "meta":
		if meta := attributesOf(z, attributes); meta["name"] == "pypi:repository-version" {
			return checkAPIVersion(meta["content"])
		}
	case "base": // only the first one counts (HTML, "The base element")
		if p.hasBase {
			return nil
		}
		if u, err := p.base.Parse(attributesOf(z, attributes)["href"]); err == nil && isHTTP(u) {
			p.base, p.hasBase = u, true
		}
	case "a":
		return p.readAnchor(z, attributes)
	}
	return nil
}

// pageError says what a page is not, unless it is too large to tell.
func pageError(format string, err error) error {
	switch {
	case errors.As(err, new(*bound.Exceeded)):
		return err
	case errors.Is(err, html.ErrBufferExceeded), errors.Is(err, errItem):
		return errItem
	case errors.Is(err, errTokens):
		return errTokens
	}
	return fmt.Errorf("the page is not valid %s: %w", format, err)
}

// errItem is the error for a page with something on it that is larger than any
// link is.
var errItem = fmt.Errorf("an item on the page is larger than %s", bound.Size(bound.PageItem))

// attributesOf returns the attributes of the tag that z is at; of those that are
// there twice the first, as HTML has it.
func attributesOf(z *html.Tokenizer, more bool) map[string]string {
	attributes := map[string]string{}
	for more {
		var key, value []byte
		key, value, more = z.TagAttr()
		if _, ok := attributes[string(key)]; !ok {
			attributes[string(key)] = string(value)
		}
	}
	return attributes
}

// readAnchor reads one link (PEP 503; data-yanked: PEP 592). Like pip it takes
// the file's name from the URL, not from the text.
func (p *page) readAnchor(z *html.Tokenizer, more bool) error {
	var href string
	var file listed
	for more {
		var key, value []byte
		key, value, more = z.TagAttr()
		switch string(key) {
		case "href":
			href = cmp.Or(href, strings.TrimSpace(string(value)))
		case "data-yanked":
			file.Yanked = cmp.Or(file.Yanked, string(value), noReason)
		}
	}
	location, fragment, _ := strings.Cut(href, "#")
	location, _, _ = strings.Cut(location, "?")
	name, err := url.PathUnescape(location[strings.LastIndexByte(location, '/')+1:])
	if err != nil || name == "" || name == "." || name == ".." {
		return nil
	}
	file.Name = name
	for part := range strings.SplitSeq(fragment, "&") {
		if algorithm, hex, ok := strings.Cut(part, "="); ok {
			file.addHash(algorithm, hex)
		}
	}
	return p.add(file, href)
}

// addHash notes a hash, unless its algorithm is none that a lock may use (md5) or
// it is malformed; then the file is as good as without.
func (f *listed) addHash(algorithm, hex string) {
	if d, err := digest.Parse(algorithm + ":" + hex); err == nil {
		f.Hashes = append(f.Hashes, d)
	}
}

func isHTTP(u *url.URL) bool {
	return (u.Scheme == "http" || u.Scheme == "https") && u.Host != ""
}
