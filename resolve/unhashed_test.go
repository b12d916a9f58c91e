package resolve

import (
	"context"
	"strings"
	"testing"

	"github.com/lamella-build/lamella/fault"
	"github.com/lamella-build/lamella/internal/digest"
	"github.com/lamella-build/lamella/lock"
)

// hasher is a finder that reads files, too.
type hasher struct{ finder }

func (*hasher) Hash(context.Context, lock.Package, lock.File) (digest.Digest, error) {
	return digest.Digest(sha("b")), nil
}

func TestAllowUnhashed(t *testing.T) {
	h := " --hash=" + sha("a")
	for _, c := range []struct {
		name, file, content string
		hash                string
		missing             string // what to do about it
	}{
		{"the index has a hash", "requirements.txt", "\na==1\n", sha("a"), "requirements.txt:2: a 1|" + h},
		{"a URL", "requirements.txt", "https://me:secret@files.example/a-1-py3-none-any.whl", sha("b"),
			"requirements.txt:1: a 1|--hash=" + sha("b")},
		{"hashed all the same", "requirements.txt", "a==1" + h, sha("a"), ""},
		{"another format", "uv.lock", uvLock("", `dependencies = [{ name = "a" }]`, strings.ReplaceAll(pure("a", "1"), `, hash = "`+sha("a")+`"`, "")), sha("b"),
			"uv.lock:9: a 1|a-1-py3-none-any.whl|" + sha("b")},
		{"pylock.toml", "pylock.toml", strings.ReplaceAll(goodLocks["pylock.toml"], "sha256 = \""+strings.Repeat("a", 64)+"\"", ""), sha("b"),
			"pylock.toml:4: six 1.0|six-1.0-py3-none-any.whl|" + sha("b")},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := &hasher{finder{files: map[string][]string{"a": {"a-1-py3-none-any.whl", "a-1.tar.gz"}}}}
			l := read(t, c.file, c.content)
			r, err := Resolve(context.Background(), l, targetOf(t, "python3.13/x86_64"), Options{AllowUnhashed: true}, f)
			if err != nil {
				t.Fatal(err, fault.Details(err))
			}
			d := r.Distributions[0]
			if string(d.Hash) != c.hash || d.Unhashed != (c.missing != "") {
				t.Errorf("got %+v", d)
			}
			got := d.MissingHash(l.Format)
			for part := range strings.SplitSeq(c.missing, "|") {
				if d.Unhashed && !strings.Contains(got, part) {
					t.Errorf("%q does not name %s", got, part)
				}
			}
		})
	}
	for _, content := range []string{"a>=1", "a @ https://files.example/a-1.tar.gz", "a @ git+https://host.example/a"} {
		_, err := Resolve(context.Background(), read(t, "requirements.txt", content), targetOf(t, "python3.13/x86_64"), Options{AllowUnhashed: true}, &hasher{})
		wantFault(t, err, fault.Lock)
	}
	_, err := Resolve(context.Background(), read(t, "requirements.txt", "https://files.example/a-1-py3-none-any.whl"), targetOf(t, "python3.13/x86_64"), Options{AllowUnhashed: true}, &finder{})
	wantMisuse(t, err, "a-1-py3-none-any.whl")
}
