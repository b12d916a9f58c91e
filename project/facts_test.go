package project

import (
	"errors"
	"fmt"
	"testing"

	"github.com/lamella-build/lamella/fault"
	"github.com/lamella-build/lamella/internal/test/catalogue"
	"github.com/lamella-build/lamella/layer"
)

// A layer is composed again, with its wheels hashed first, when one was damaged,
// and not for ever.
func TestRepair(t *testing.T) {
	damaged := fmt.Errorf("cannot write layer.zip: %w", &layer.Damaged{Name: "python/a.py", Err: errors.New("zlib: invalid header")})
	other := errors.New("other")
	for _, test := range []struct {
		name       string
		errs       []error // of the first tries; then it is well
		tries      int
		suspicious bool
		want       error // that is wrapped
	}{
		{"sound", nil, 1, false, nil},
		{"repaired", []error{damaged}, 2, true, nil},
		{"damaged meanwhile", []error{damaged, damaged}, 3, true, nil},
		{"for ever", []error{damaged, damaged, damaged, damaged}, 3, true, damaged},
		{"something else", []error{other}, 1, false, other},
		{"then something else", []error{damaged, other}, 2, true, other},
	} {
		p, n := &Project{LockPath: "uv.lock"}, 0
		_, err := p.repair(func() (*Zip, error) {
			n++
			if n <= len(test.errs) {
				return nil, test.errs[n-1]
			}
			return &Zip{}, nil
		})
		if n != test.tries || p.suspicious != test.suspicious || !errors.Is(err, test.want) || (err == nil) != (test.want == nil) {
			t.Errorf("%s: %d tries, suspicious %v, %v", test.name, n, p.suspicious, err)
		}
		if errors.Is(test.want, damaged) && (catalogue.KindOf(err) != fault.Machine || len(fault.Hints(err)) == 0) {
			t.Errorf("%s: %v", test.name, err)
		}
	}
}
