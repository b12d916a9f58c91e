package index

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/lamella-build/lamella/internal/bound"
)

// jsonFile holds the required fields of a file on a PEP 691 project page.
type jsonFile struct {
	Filename string            `json:"filename"`
	URL      string            `json:"url"`
	Hashes   map[string]string `json:"hashes"`
	Size     int64             `json:"size"`
	Yanked   any               `json:"yanked"` // bool, or the reason (PEP 691, PEP 592)
}

// errShape is the error for JSON that is not a project page.
var errShape = errors.New("it does not follow PEP 691")

// readJSON reads a page in the format of PEP 691: an object. It decodes its "files" one by
// one, and skips all other members except "meta".
func (p *page) readJSON(r io.Reader) error {
	items := &itemReader{r: r}
	d := &pageDecoder{Decoder: json.NewDecoder(items), items: items}
	var later error
	err := d.object(func(key string) error {
		switch {
		case strings.EqualFold(key, "meta"):
			var meta struct {
				APIVersion string `json:"api-version"`
			}
			if err := d.value(&meta); err != nil {
				return err
			}
			later = checkAPIVersion(meta.APIVersion)
			return later
		case strings.EqualFold(key, "files"):
			return d.array(func() error { return p.readJSONFile(d) })
		}
		return d.skip()
	})
	if later != nil || p.tooMany != nil {
		return cmp.Or(later, p.tooMany)
	}
	if err != nil {
		return pageError("JSON", err)
	}
	if _, err := d.token(); !errors.Is(err, io.EOF) {
		if err == nil {
			err = errShape
		}
		return pageError("JSON", err)
	}
	return nil
}

func (p *page) readJSONFile(d *pageDecoder) error {
	var f jsonFile
	if err := d.value(&f); err != nil || f.Filename == "" {
		return err
	}
	file := listed{Name: f.Filename, Size: max(f.Size, 0)}
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
	return p.add(file, f.URL)
}

// pageDecoder reads JSON while keeping at most one item in memory.
type pageDecoder struct {
	*json.Decoder
	items  *itemReader
	tokens int // number of tokens and items so far
}

// token returns the next token.
func (d *pageDecoder) token() (json.Token, error) {
	if err := d.next(); err != nil {
		return nil, err
	}
	return d.Token()
}

// next starts a token or an item.
func (d *pageDecoder) next() error {
	d.items.next(d.InputOffset())
	if d.tokens++; d.tokens > bound.PageTokens {
		return errTokens
	}
	return nil
}

var errTokens = fmt.Errorf("the page has more than %d names and values", bound.PageTokens)

// value decodes the next value as one item.
func (d *pageDecoder) value(into any) error {
	if err := d.next(); err != nil {
		return err
	}
	err := d.Decode(into)
	if errors.Is(err, io.EOF) { // within an object or array, the input must not end
		err = io.ErrUnexpectedEOF
	}
	return err
}

// object calls member for each key of an object. member must consume the value.
func (d *pageDecoder) object(member func(key string) error) error {
	if t, err := d.token(); err != nil || t != json.Delim('{') {
		return orShape(err)
	}
	for d.More() {
		t, err := d.token()
		if err != nil {
			return orShape(err)
		}
		key, _ := t.(string)
		if err := member(key); err != nil {
			return err
		}
	}
	_, err := d.token()
	return err
}

// array calls element for each element of an array, which may also be null. element must
// consume the element.
func (d *pageDecoder) array(element func() error) error {
	t, err := d.token()
	if err == nil && t == nil {
		return nil
	}
	if err != nil || t != json.Delim('[') {
		return orShape(err)
	}
	for d.More() {
		if err := element(); err != nil {
			return err
		}
	}
	_, err = d.token()
	return err
}

// skip skips the next value of any type.
func (d *pageDecoder) skip() error {
	for depth := 0; ; {
		t, err := d.token()
		if err != nil {
			return err
		}
		switch t {
		case json.Delim('['), json.Delim('{'):
			depth++
		case json.Delim(']'), json.Delim('}'):
			depth--
		}
		switch {
		case depth > bound.Nesting:
			return errShape
		case depth == 0:
			return nil
		}
	}
}

func orShape(err error) error {
	if err == nil || errors.Is(err, io.EOF) {
		return errShape
	}
	return err
}

// itemReader returns an error if an item is too large, because the decoder keeps a whole
// item in memory, by default of any size.
type itemReader struct {
	r     io.Reader
	read  int64
	start int64 // offset of the item
}

// next records that an item starts at offset.
func (i *itemReader) next(offset int64) { i.start = offset }

func (i *itemReader) Read(p []byte) (int, error) {
	if i.read-i.start > 2*bound.PageItem {
		return 0, errItem
	}
	n, err := i.r.Read(p[:min(len(p), bound.PageItem)])
	i.read += int64(n)
	return n, err
}
