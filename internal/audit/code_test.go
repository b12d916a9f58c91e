package audit_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/lamella-build/lamella/fault"
	"github.com/lamella-build/lamella/internal/audit"
	"github.com/lamella-build/lamella/layer"
	"github.com/lamella-build/lamella/target"
)

// The heads of files, as each system's tools make them.
var (
	amd64  = elfHead(62, 2)
	arm64  = elfHead(183, 2)
	i386   = elfHead(3, 1)
	macho  = "\xcf\xfa\xed\xfe\x0c\x00\x00\x01\x00\x00\x00\x00\x06\x00\x00\x00"
	fat    = "\xca\xfe\xba\xbe\x00\x00\x00\x02" + strings.Repeat("\x00", 40)
	class  = "\xca\xfe\xba\xbe\x00\x00\x00\x34" + strings.Repeat("\x00", 40)
	object = "\xcf\xfa\xed\xfe\x0c\x00\x00\x01\x00\x00\x00\x00\x01\x00\x00\x00"
	dll    = peHead(0x2000, false)
	exe    = peHead(0, false)
	dotnet = peHead(0x2000, true)
	cubin  = elfHead(190, 2)
)

func elfHead(machine, class byte) string {
	b := append([]byte("\x7fELF"), make([]byte, 60)...)
	b[4], b[5], b[6], b[16], b[18] = class, 1, 1, 3, machine
	return string(b)
}

func peHead(traits uint16, managed bool) string {
	b := make([]byte, 0x200)
	copy(b, "MZ")
	b[0x3c] = 0x80
	h := b[0x80:]
	copy(h, "PE\x00\x00\x64\x86")
	h[22], h[23], h[24], h[25] = byte(traits), byte(traits>>8), 0x0b, 0x02
	if managed {
		h[24+112+14*8] = 1
	}
	return string(b)
}

func TestCheckCode(t *testing.T) {
	for name, test := range map[string]struct {
		target string   // "" is python3.13/x86_64
		files  []string // path, content, …
		wrong  []string // paths that are reported
	}{
		"fits":                        {"", []string{"m/_x.cpython-313-x86_64-linux-gnu.so", amd64, "m/_y.abi3.so", amd64, "m/_z.so", amd64, "m.libs/libz-12.so.1", amd64}, nil},
		"fits arm64":                  {"python3.9/arm64", []string{"m/_x.cpython-39-aarch64-linux-gnu.so", arm64, "m/_y.abi3.so", arm64}, nil},
		"other processor":             {"", []string{"m/_x.so", arm64, "m/_y.so", amd64}, []string{"m/_x.so"}},
		"other processor, tagged":     {"", []string{"m/_x.cpython-313-aarch64-linux-gnu.so", arm64}, []string{"m/_x.cpython-313-aarch64-linux-gnu.so"}},
		"the tag lies":                {"", []string{"m/_x.cpython-313-x86_64-linux-gnu.so", arm64}, []string{"m/_x.cpython-313-x86_64-linux-gnu.so"}},
		"32 bits":                     {"", []string{"m/_x.so", i386}, []string{"m/_x.so"}},
		"x32":                         {"", []string{"m/_x.so", elfHead(62, 1)}, []string{"m/_x.so"}},
		"by magic, not by extension":  {"", []string{"m/driver/node", arm64}, []string{"m/driver/node"}},
		"library with version":        {"", []string{"m/libx.so.1.2", arm64}, []string{"m/libx.so.1.2"}},
		"other Python":                {"", []string{"m/_x.cpython-311-x86_64-linux-gnu.so", amd64}, []string{"m/_x.cpython-311-x86_64-linux-gnu.so"}},
		"other Python, no ELF":        {"", []string{"m/_x.cpython-311-x86_64-linux-gnu.so", "?"}, []string{"m/_x.cpython-311-x86_64-linux-gnu.so"}},
		"free-threaded":               {"", []string{"m/_x.cpython-313t-x86_64-linux-gnu.so", amd64}, []string{"m/_x.cpython-313t-x86_64-linux-gnu.so"}},
		"musl":                        {"", []string{"m/_x.cpython-313-x86_64-linux-musl.so", amd64}, []string{"m/_x.cpython-313-x86_64-linux-musl.so"}},
		"PyPy":                        {"", []string{"m/_x.pypy310-pp73-x86_64-linux-gnu.so", amd64}, []string{"m/_x.pypy310-pp73-x86_64-linux-gnu.so"}},
		"macOS":                       {"", []string{"m/_x.so", macho, "m/_y.so", fat, "m/libz.dylib", macho}, []string{"m/_x.so", "m/_y.so", "m/libz.dylib"}},
		"Windows":                     {"", []string{"m/_x.pyd", dll, "m/y.dll", dll}, []string{"m/_x.pyd", "m/y.dll"}},
		"many, one fits":              {"", []string{"m/_x.cpython-311-x86_64-linux-gnu.so", amd64, "m/_x.cpython-313-darwin.so", macho, "m/_x.cp313-win_amd64.pyd", dll, "m/_x.cpython-313-aarch64-linux-gnu.so", arm64, "m/_x.cpython-313-x86_64-linux-gnu.so", amd64}, nil},
		"many, none fits":             {"", []string{"m/_x.cpython-311-x86_64-linux-gnu.so", amd64, "m/_x.cpython-313-darwin.so", macho}, []string{"m/_x.cpython-311-x86_64-linux-gnu.so", "m/_x.cpython-313-darwin.so"}},
		"a fitting one elsewhere":     {"", []string{"m/_x.so", arm64, "n/_x.so", amd64}, []string{"m/_x.so"}},
		"source beside":               {"", []string{"m/_x.cpython-311-x86_64-linux-gnu.so", amd64, "m/_x.py", "x = 1\n"}, nil},
		"package beside":              {"", []string{"m/_x.cpython-311-x86_64-linux-gnu.so", amd64, "m/_x/__init__.py", "x = 1\n"}, nil},
		"libraries for several":       {"", []string{"m.libs/liba-1.so", arm64, "m.libs/libb-2.so", amd64}, nil},
		"libraries for none":          {"", []string{"m.libs/liba-1.so", arm64}, []string{"m.libs/liba-1.so"}},
		"macOS's libraries":           {"", []string{"m/.dylibs/liba.dylib", macho}, nil},
		"labelled":                    {"", []string{"m/bin/linux-arm64/tool", arm64, "m/bin/darwin/tool", macho, "m/lib_win32.dll", dll}, nil},
		"labelled as ours":            {"", []string{"m/linux_x86_64/lib.so", arm64}, []string{"m/linux_x86_64/lib.so"}},
		"debugpy":                     {"", []string{"d/attach_linux_amd64.so", amd64, "d/attach_linux_x86.so", i386, "d/attach.dylib", fat, "d/attach_x86_64.dylib", macho, "d/attach_amd64.dll", dll}, nil},
		"debugpy, for none":           {"python3.13/arm64", []string{"d/attach_linux_amd64.so", amd64, "d/attach_linux_x86.so", i386, "d/attach.dylib", fat, "d/attach_amd64.dll", dll}, nil},
		"programs and data":           {"", []string{"setuptools/cli-32.exe", exe, "clr/X.dll", dotnet, "j/X.class", class, "m/x.o", object, "t/k.cubin", cubin, "a.py", "import x", "b", ""}, nil},
		"not only a word in the name": {"", []string{"winter/_x.so", arm64}, []string{"winter/_x.so"}},
	} {
		runtime, architecture, _ := strings.Cut(test.target, "/")
		if test.target == "" {
			runtime, architecture = "python3.13", "x86_64"
		}
		target, err := target.Parse(runtime, architecture)
		if err != nil {
			t.Fatal(err)
		}
		var entries []layer.Entry
		for i := 0; i < len(test.files); i += 2 {
			entries = append(entries, content(test.files[i], []byte(test.files[i+1])))
		}
		err = audit.CheckCode(entries, target)
		var got []string
		if e := (*fault.Error)(nil); errors.As(err, &e) {
			lines := e.Details
			if lines == nil {
				lines = []string{e.Message}
			}
			for _, line := range lines {
				path, _, _ := strings.Cut(line, " ")
				got = append(got, path)
			}
			if e.Kind != fault.Layer || len(e.Hints) == 0 {
				t.Errorf("%s: %+v", name, e)
			}
		}
		if !slices.Equal(got, test.wrong) {
			t.Errorf("%s: got %q, want %q", name, got, test.wrong)
		}
	}
}

func FuzzCodeOf(f *testing.F) {
	for _, head := range []string{amd64, macho, fat, dll, dotnet, "MZ", "\x7fELF"} {
		f.Add([]byte(head))
	}
	f.Fuzz(func(t *testing.T, head []byte) {
		if code := layer.CodeOf(head); code != nil && (code.Format == "" || code.Machine == "") {
			t.Errorf("%+v", code)
		}
	})
}

// The hint names all the files, or folders with nothing else in them.
func TestCodeHintsNameAll(t *testing.T) {
	target, err := target.Parse("python3.13", "x86_64")
	if err != nil {
		t.Fatal(err)
	}
	var entries []layer.Entry
	for _, file := range []string{"m/_x.so", "m/_y.so", "m/sub/_z.so", "m/sub/more/_z.so", "n/[odd],'s.so", "n/a.py", "_top.so", "m/a.py"} {
		e := content(file, []byte(arm64))
		if strings.HasSuffix(file, ".py") {
			e = content(file, []byte("x = 1\n"))
		}
		e.Owner, _, _ = strings.Cut(file, "/")
		entries = append(entries, e)
	}
	err = audit.CheckCode(entries, target)
	hints := fault.Hints(err)
	if len(hints) != 2 || !strings.HasSuffix(hints[0], "--exclude _top.so --exclude m --exclude n") ||
		!strings.HasSuffix(hints[1], "--exclude './_top.so' --exclude 'm/_x.so' --exclude 'm/_y.so' --exclude 'm/sub/' --exclude 'n/?odd???s.so'") {
		t.Errorf("%q", hints)
	}
}
