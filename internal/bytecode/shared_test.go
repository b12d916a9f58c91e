package bytecode

import (
	"bytes"
	"net/http"
	"testing"

	"github.com/lamella-build/lamella/event"
	"github.com/lamella-build/lamella/internal/shared"
	"github.com/lamella-build/lamella/internal/test/fakeaws"
	"github.com/lamella-build/lamella/store/aws"
)

// What one machine compiled, another gets; what is damaged is compiled again and replaced.
func TestBytecodeIsShared(t *testing.T) {
	s3 := fakeaws.New(t, "cache")
	s3.Use(t)
	i, started := counting(t)
	entries := demo(i.Tag)
	warnings := 0
	compile := func() string {
		warnings = 0
		remote, err := new(shared.Pool).Open("s3://cache/x", aws.Account{}, func(e event.Event) {
			if e.Kind == event.Warn {
				warnings++
			}
		})
		if err != nil {
			t.Fatal(err)
		}
		remote.Enter()
		defer remote.Leave(t.Context())
		return zipSum(t, add(t, i, entries, AddOptions{Cache: openCache(t), Shared: remote}).Entries)
	}
	want := compile()
	keys := s3.Keys("cache")
	if len(keys) == 0 || warnings != 0 {
		t.Fatalf("stored %q with %d warnings", keys, warnings)
	}
	before := started()
	if got := compile(); got != want || started() != before || warnings != 0 {
		t.Errorf("%s instead of %s, the interpreter was started %d times more, %d warnings", got, want, started()-before, warnings)
	}
	sound := map[string][]byte{}
	for _, key := range keys {
		sound[key] = s3.Object("cache", key)
	}
	for name, damage := range map[string]func([]byte) []byte{
		"junk":      func([]byte) []byte { return []byte("junk") },
		"empty":     func([]byte) []byte { return nil },
		"a bit":     func(b []byte) []byte { b[3] ^= 1; return b },
		"cut short": func(b []byte) []byte { return b[:len(b)/2] },
		"index":     func(b []byte) []byte { b[len(b)-40] ^= 1; return b },
	} {
		for key, content := range sound {
			request, err := http.NewRequest(http.MethodPut, s3.URL+"/cache/"+key, bytes.NewReader(damage(bytes.Clone(content))))
			if err != nil {
				t.Fatal(err)
			}
			response, err := http.DefaultClient.Do(request)
			if err != nil {
				t.Fatal(err)
			}
			response.Body.Close()
		}
		if got := compile(); got != want || warnings != len(keys) {
			t.Errorf("%s: %s instead of %s, %d warnings of %d files", name, got, want, warnings, len(keys))
		}
		for key, content := range sound {
			if Verify(bytes.NewReader(s3.Object("cache", key)), int64(len(content)), i.Magic) != nil {
				t.Errorf("%s: %s was not replaced", name, key)
			}
		}
	}
}
