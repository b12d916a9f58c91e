package resolve

import (
	"context"
	"slices"
	"strings"
	"testing"

	"github.com/lamella-build/lamella/digest"
	"github.com/lamella-build/lamella/fault"
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
		notes               []string
	}{
		{"the index has a hash", "requirements.txt", "\na==1\n", sha("a"), []string{"requirements.txt:2 has no hash; to lock what was taken now, write there: a==1" + h}},
		{"a URL", "requirements.txt", "https://me:secret@files.example/a-1-py3-none-any.whl", sha("b"),
			[]string{"requirements.txt:1 has no hash; to lock what was taken now, write there: a @ https://files.example/a-1-py3-none-any.whl --hash=" + sha("b")}},
		{"hashed all the same", "requirements.txt", "a==1" + h, sha("a"), nil},
		{"another format", "uv.lock", uvLock("", `dependencies = [{ name = "a" }]`, strings.ReplaceAll(pure("a", "1"), `, hash = "`+sha("a")+`"`, "")), sha("b"),
			[]string{"uv.lock:9: a has no hash in the lock; what was taken now is a-1-py3-none-any.whl with " + sha("b")}},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := &hasher{finder{files: map[string][]string{"a": {"a-1-py3-none-any.whl", "a-1.tar.gz"}}}}
			r, err := Resolve(context.Background(), read(t, c.file, c.content), targetOf(t, "python3.13/x86_64"), Options{AllowUnhashed: true}, f)
			if err != nil {
				t.Fatal(err, fault.Details(err))
			}
			if d := r.Distributions[0]; string(d.Hash) != c.hash || d.Unhashed != (c.notes != nil) {
				t.Errorf("got %+v", d)
			}
			if !slices.Equal(r.Notes, c.notes) {
				t.Errorf("notes %q", r.Notes)
			}
		})
	}
	for _, content := range []string{"a>=1", "a @ https://files.example/a-1.tar.gz", "a @ git+https://host.example/a"} {
		_, err := Resolve(context.Background(), read(t, "requirements.txt", content), targetOf(t, "python3.13/x86_64"), Options{AllowUnhashed: true}, &hasher{})
		wantFault(t, err, fault.Lock)
	}
	_, err := Resolve(context.Background(), read(t, "requirements.txt", "https://files.example/a-1-py3-none-any.whl"), targetOf(t, "python3.13/x86_64"), Options{AllowUnhashed: true}, &finder{})
	wantFault(t, err, fault.Usage, "nobody to read it")
}
