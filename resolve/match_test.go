package resolve

import (
	"context"
	"slices"
	"testing"

	"github.com/lamella-build/lamella/fault"
	"github.com/lamella-build/lamella/internal/digest"
	"github.com/lamella-build/lamella/lock"
)

// matcher is a finder of an index without hashes; it notes what is read.
type matcher struct {
	files map[string]string // name to what a hash consists of
	read  []string
}

func (m *matcher) Find(context.Context, lock.Package) (files []lock.File, err error) {
	for name := range m.files {
		files = append(files, lock.File{Name: name})
	}
	return files, nil
}

func (m *matcher) Match(_ context.Context, _ lock.Package, f lock.File) ([]digest.Digest, error) {
	m.read = append(m.read, f.Name)
	return []digest.Digest{digest.Digest(sha(m.files[f.Name]))}, nil
}

func TestMatch(t *testing.T) {
	const wide, any, other, source = "a-1-cp313-cp313-manylinux_2_17_x86_64.whl", "a-1-py3-none-any.whl", "a-1-cp313-cp313-win_amd64.whl", "a-1.tar.gz"
	build := Options{AllowBuild: []string{"a"}}
	for _, c := range []struct {
		name    string
		files   map[string]string
		options Options
		read    []string
		chosen  string // "" if none
	}{
		{"the best is locked", map[string]string{wide: "a", any: "a", other: "a", source: "a"}, Options{}, []string{wide}, wide},
		{"the next is locked", map[string]string{wide: "b", any: "a", other: "a"}, Options{}, []string{wide, any}, any},
		{"none that fits is locked", map[string]string{wide: "b", any: "c", other: "a"}, Options{}, []string{wide, any}, ""},
		{"the source, where it may be built", map[string]string{any: "b", source: "a"}, build, []string{any, source}, source},
		{"the source is not read where it may not be built", map[string]string{any: "b", source: "a"}, Options{}, []string{any}, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			m := &matcher{files: c.files}
			r, err := Resolve(context.Background(), read(t, "requirements.txt", "a==1 --hash="+sha("a")), targetOf(t, "python3.13/x86_64"), c.options, m)
			if !slices.Equal(m.read, c.read) {
				t.Errorf("%q were read, want %q", m.read, c.read)
			}
			if c.chosen == "" {
				wantFault(t, err, fault.Index, "sha256:")
				return
			}
			if err != nil {
				t.Fatal(err, fault.Details(err))
			}
			if d := r.Distributions[0]; d.File.Name != c.chosen || string(d.Hash) != sha("a") || d.Unhashed {
				t.Errorf("got %+v", d)
			}
		})
	}
	_, err := Resolve(context.Background(), read(t, "requirements.txt", "a==1 --hash="+sha("c")), targetOf(t, "python3.13/x86_64"), Options{},
		&finder{files: map[string][]string{"a": {any}}})
	wantMisuse(t, err, "a-1-py3-none-any.whl")
}
