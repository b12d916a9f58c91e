package digest

import (
	"strings"
	"testing"
)

func TestParse(t *testing.T) {
	hex := strings.Repeat("0a", 32)
	for text, want := range map[string]string{
		"sha256:" + hex:                   "sha256:" + hex,
		" SHA256:" + strings.ToUpper(hex): "sha256:" + hex,
		"sha384:" + hex + hex[:32]:        "sha384:" + hex + hex[:32],
		"sha512:" + hex + hex:             "sha512:" + hex + hex,
		hex:                               "does not have the form sha256:<hex>",
		"md5:" + hex[:32]:                 `the hash algorithm must be sha256, sha384, or sha512, not "md5"`,
		"sha256:" + hex[1:]:               "does not have 64 hexadecimal digits",
		"sha512:" + hex:                   "does not have 128 hexadecimal digits",
		"sha256:" + strings.Replace(hex, "0", "g", 1): "does not have 64 hexadecimal digits",
	} {
		d, err := Parse(text)
		if got := string(d); err == nil && got != want || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %q, %v; want %q", text, d, err, want)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add("SHA256:" + strings.Repeat("aB", 32))
	f.Fuzz(func(t *testing.T, text string) {
		d, err := Parse(text)
		if err != nil {
			return
		}
		if again, err := Parse(string(d)); err != nil || again != d {
			t.Errorf("%q is %q, which is %q, %v", text, d, again, err)
		}
		if len(d.Hex()) != 2*d.New().Size() {
			t.Errorf("%q has the wrong length", d)
		}
	})
}
