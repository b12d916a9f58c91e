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

// accept asks for JSON first, as recommended in PEP 691, "Content-Types".
const accept = "application/vnd.pypi.simple.v1+json, application/vnd.pypi.simple.v1+html;q=0.2, text/html;q=0.01"

// listed is a file on an index page. Its data-requires-python is not read, because the
// locked version has already been chosen and the wheel's tags decide.
type listed struct {
	Name   string // file name, percent-decoded
	URL    *url.URL
	Hashes []digest.Digest // only hashes with known algorithms
	Size   int64           // in bytes, 0 if the page does not say
	Yanked string          // the reason why it was yanked; "" if it was not
}

// filter reports whether to keep a file on a page, given its name and hashes. It is called
// for every file, in the order of the page, before the file's URL is examined.
type filter func(name string, hashes []digest.Digest) bool

// parsePage reads a project page from base as a stream and returns the files for which want
// reports true. Nothing else on the page takes up memory. If the content clearly shows the
// format, that overrides contentType, because some servers return the wrong one.
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

// firstByte skips white space and returns the next byte without consuming it, or 0 at the
// end.
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

// page is the state of reading a project page.
type page struct {
	base    *url.URL
	hasBase bool // base comes from the page's <base>
	want    filter
	files   []listed
	tooMany error
}

// add adds a file if it is wanted and has an http or https URL.
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

// noReason is the reason for a yanked file if the index gives none.
const noReason = "no reason given"

// checkAPIVersion returns an error for another major version, as PEP 629 requires of
// clients.
func checkAPIVersion(v string) error {
	if major, _, _ := strings.Cut(v, "."); v != "" && major != "1" {
		return fmt.Errorf("the index uses version %q of the simple API, but lamella supports only version 1", v)
	}
	return nil
}

// readHTML reads a page in the format of PEP 503.
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

// readTag handles the start tag at z's position.
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

// pageError returns an error that says that the page is not valid, or that it is too large
// to tell.
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

// errItem is the error for a page with an item that is larger than any link.
var errItem = fmt.Errorf("an item on the page is larger than %s", bound.Size(bound.PageItem))

// attributesOf returns the attributes of the tag at z's position. If an attribute appears
// twice, the first one counts, as in HTML.
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

// readAnchor reads a link (PEP 503; data-yanked: PEP 592). Like pip, it takes the file name
// from the URL, not from the text.
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

// addHash adds a hash. It ignores a malformed hash and one whose algorithm a lock must not
// use (md5), so that the file counts as one without this hash.
func (f *listed) addHash(algorithm, hex string) {
	if d, err := digest.Parse(algorithm + ":" + hex); err == nil {
		f.Hashes = append(f.Hashes, d)
	}
}

func isHTTP(u *url.URL) bool {
	return (u.Scheme == "http" || u.Scheme == "https") && u.Host != ""
}
