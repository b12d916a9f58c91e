package resolve

import (
	"context"
	"strings"
	"testing"

	"github.com/lamella-build/lamella/internal/digest"
)

func TestInputs(t *testing.T) {
	resolve := func(content, name, target string, o Options) digest.Digest {
		t.Helper()
		r, err := Resolve(context.Background(), read(t, name, content), targetOf(t, target), o, &finder{files: map[string][]string{"a": {"a-1-py3-none-any.whl"}, "b": {"b-1-py3-none-any.whl"}}})
		if err != nil {
			t.Fatal(err)
		}
		return r.Inputs()
	}
	const x86 = "python3.13/x86_64"
	need := `dependencies = [{ name = "a" }, { name = "b" }]`
	base := resolve(uvLock("", need, pure("a", "1"), pure("b", "1")), "uv.lock", x86, Options{})
	h := " --hash=" + sha("a") + "\n"
	for name, same := range map[string]digest.Digest{
		"order and comments": resolve(uvLock("# a comment\n", need, pure("b", "1"), pure("a", "1")), "uv.lock", x86, Options{}),
		"a group":            resolve(uvLock("", need+"\n[package.dev-dependencies]\ndev = [{ name = \"c\" }]", pure("a", "1"), pure("b", "1"), pure("c", "1")), "uv.lock", x86, Options{}),
		"the format":         resolve("b==1"+h+"a==1"+h, "requirements.txt", x86, Options{}),
	} {
		if same != base {
			t.Errorf("%s: the digest changed", name)
		}
	}
	for name, other := range map[string]digest.Digest{
		"another version": resolve(uvLock("", need, pure("a", "2"), pure("b", "1")), "uv.lock", x86, Options{}),
		"another hash":    resolve(uvLock("", need, pure("a", "1"), strings.ReplaceAll(pure("b", "1"), sha("a"), sha("b"))), "uv.lock", x86, Options{}),
		"another target":  resolve(uvLock("", need, pure("a", "1"), pure("b", "1")), "uv.lock", "python3.13/arm64", Options{}),
		"an exclude":      resolve(uvLock("", need, pure("a", "1"), pure("b", "1")), "uv.lock", x86, Options{Selection: Selection{Exclude: []string{"b"}}}),
	} {
		if other == base {
			t.Errorf("%s: the digest did not change", name)
		}
	}
	if want := digest.Digest("sha256:33bf88be72dcd35d9dc80ce74ed9aab301bf220f234798fe7434c914c71c7072"); base != want {
		t.Errorf("the digest of this fixed input is now %s: raise inputsFormat if that is meant", base)
	}
}
