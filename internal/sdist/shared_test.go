package sdist

import (
	"bytes"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/lamella-build/lamella/event"
	"github.com/lamella-build/lamella/internal/cache"
	"github.com/lamella-build/lamella/internal/shared"
	"github.com/lamella-build/lamella/internal/test/fakeaws"
	"github.com/lamella-build/lamella/internal/test/testenv"
	"github.com/lamella-build/lamella/resolve"
	"github.com/lamella-build/lamella/store/aws"
)

// onS3 gives b the shared cache on s3 and an empty cache of its own, and returns what
// warnings there were.
func (b *bench) onS3(t *testing.T) (warnings *[]string) {
	t.Helper()
	warnings = new([]string)
	c, err := cache.Open(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	b.Cache = c
	b.Shared, err = new(shared.Pool).Open("s3://cache", aws.Account{}, func(e event.Event) {
		if e.Kind == event.Warn {
			*warnings = append(*warnings, e.Message)
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	return warnings
}

// mustShare is mustBuild, and waits for what is stored.
func (b *bench) mustShare(t *testing.T, ds ...resolve.Distribution) []Wheel {
	t.Helper()
	b.Shared.Enter()
	defer b.Shared.Leave(t.Context())
	return b.mustBuild(t, ds...)
}

// A pure wheel is built by one machine, one with machine code by each, unless it is built in
// an image.
func TestBuildsAreShared(t *testing.T) {
	testenv.Compiler(t)
	s3, b := fakeaws.New(t, "cache"), newBench(t)
	s3.Use(t)
	ds := []resolve.Distribution{sdistOf(t, pure), sdistOf(t, native)}
	b.onS3(t)
	first := b.mustShare(t, ds...)
	b.take()
	b.onS3(t)
	second := b.mustShare(t, ds...)
	if got := b.take(); !slices.Equal(got, []string{"native 1.0"}) || first[0].Hash != second[0].Hash || first[0].Name != second[0].Name {
		t.Errorf("the second machine built %q, and has %+v instead of %+v", got, second[0], first[0])
	}
	b.Contained = true
	b.onS3(t)
	b.mustShare(t, ds...)
	b.take()
	b.onS3(t)
	b.mustShare(t, ds...)
	if got := b.take(); got != nil {
		t.Errorf("%q was built again in the same image", got)
	}
}

// A record of another build, or one that names another wheel, is refused and replaced.
func TestSharedBuildsAreVerified(t *testing.T) {
	s3, b := fakeaws.New(t, "cache"), newBench(t)
	s3.Use(t)
	other := pure
	other.Name = "other"
	ds := []resolve.Distribution{sdistOf(t, pure), sdistOf(t, other)}
	b.onS3(t)
	want := b.mustShare(t, ds...)
	sound := map[string][]byte{}
	for _, key := range s3.Keys("cache") {
		if strings.HasPrefix(key, shared.Built) && bytes.Contains(s3.Object("cache", key), []byte(want[0].Hash)) {
			sound[key] = s3.Object("cache", key)
		}
	}
	for name, poison := range map[string]func([]byte) []byte{
		"junk":          func([]byte) []byte { return []byte("junk") },
		"another wheel": func(r []byte) []byte { return bytes.ReplaceAll(r, []byte(want[0].Hash), []byte(want[1].Hash)) },
		"another build": func(r []byte) []byte { return bytes.ReplaceAll(r, []byte(`"1.0"`), []byte(`"1.1"`)) },
		"no hash":       func(r []byte) []byte { return bytes.ReplaceAll(r, []byte(want[0].Hash), nil) },
		"machine code":  func(r []byte) []byte { return bytes.ReplaceAll(r, []byte("none-any"), []byte("none-linux_x86_64")) },
	} {
		for key, record := range sound {
			request, err := http.NewRequest(http.MethodPut, s3.URL+"/cache/"+key, bytes.NewReader(poison(record)))
			if err != nil {
				t.Fatal(err)
			}
			response, err := http.DefaultClient.Do(request)
			if err != nil {
				t.Fatal(err)
			}
			response.Body.Close()
		}
		warnings := b.onS3(t)
		b.take()
		got := b.mustShare(t, ds[0])
		if built := b.take(); len(built) != 1 || len(*warnings) != 1 || got[0].Hash != want[0].Hash {
			t.Errorf("%s: %q was built, warnings %q, %+v instead of %+v", name, built, *warnings, got[0], want[0])
		}
		for key, record := range sound {
			if !bytes.Equal(s3.Object("cache", key), record) {
				t.Errorf("%s: the record was not replaced: %s", name, s3.Object("cache", key))
			}
		}
	}
}
