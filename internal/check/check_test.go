package check_test

import (
	"bytes"
	"errors"
	"hash/crc32"
	"slices"
	"strings"
	"testing"

	"github.com/lamella-build/lamella/fault"
	"github.com/lamella-build/lamella/internal/check"
	"github.com/lamella-build/lamella/internal/test/catalogue"
	"github.com/lamella-build/lamella/internal/test/testelf"
	"github.com/lamella-build/lamella/layer"
	"github.com/lamella-build/lamella/target"
)

// files are a layer's files by path relative to python/, or to the layer with "/" in
// front.
type files map[string]string

func (f files) layer() check.Layer {
	var l check.Layer
	for name, content := range f {
		place, whole := strings.CutPrefix(name, "/")
		if !whole {
			place = "python/" + name
		}
		l.Entries = append(l.Entries, layer.Entry{Name: place, Size: int64(len(content)), Compressed: int64(len(content)),
			CRC32: crc32.ChecksumIEEE([]byte(content)), Source: strings.NewReader(content)})
	}
	slices.SortFunc(l.Entries, func(a, b layer.Entry) int { return strings.Compare(a.Name, b.Name) })
	return l
}

// dist adds a distribution that lists the files, with METADATA headers.
func (f files) dist(name, version string, headers []string, list ...string) files {
	folder := strings.ReplaceAll(name, "-", "_") + "-" + version + ".dist-info/"
	f[folder+"METADATA"] = "Metadata-Version: 2.1\nName: " + name + "\nVersion: " + version + "\n" + strings.Join(headers, "\n") + "\n\n"
	f[folder+"RECORD"] = strings.Join(append(list, folder+"METADATA", folder+"RECORD"), ",,\n") + ",,\n"
	for _, file := range list {
		if _, ok := f[file]; !ok {
			f[file] = ""
		}
	}
	return f
}

func parse(t testing.TB, name string) target.Target {
	t.Helper()
	runtime, architecture, _ := strings.Cut(name, "/")
	if architecture == "" {
		architecture = "x86_64"
	}
	to, err := target.Parse(runtime, architecture)
	if err != nil {
		t.Fatal(err)
	}
	return to
}

// run checks files and returns the findings as "severity code subject".
func run(t *testing.T, to string, f files, o check.Options) ([]string, *check.Report) {
	t.Helper()
	r, err := check.Static(t.Context(), f.layer(), parse(t, to), o)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, found := range r.Findings {
		got = append(got, string(found.Severity)+" "+string(found.Code)+" "+found.Subject)
		if found.Message == "" || strings.HasSuffix(found.Message, ".") || found.Severity == check.Error && found.Hint == "" {
			t.Errorf("%+v", found)
		}
	}
	return got, r
}

func lib(l testelf.Library) string { return string(l.Bytes()) }

func needs(libraries ...string) string { return lib(testelf.Library{Needed: libraries}) }

func versions(of map[string][]string) string {
	l := testelf.Library{Versions: of}
	for library := range of {
		l.Needed = append(l.Needed, library)
	}
	return lib(l)
}

func TestMachineCode(t *testing.T) {
	arm := lib(testelf.Library{Machine: testelf.AArch64})
	for name, test := range map[string]struct {
		to    string
		files files
		want  []string
	}{
		"fits":              {"python3.13", files{"m/_x.cpython-313-x86_64-linux-gnu.so": needs("libc.so.6", "libm.so.6", "ld-linux-x86-64.so.2")}, nil},
		"wrong machine":     {"python3.13", files{"m/_x.so": arm}, []string{"error foreign-code m/_x.so"}},
		"right machine":     {"python3.13/arm64", files{"m/_x.so": arm}, nil},
		"wrong interpreter": {"python3.13", files{"m/_x.cpython-312-x86_64-linux-gnu.so": needs()}, []string{"error foreign-code m/_x.cpython-312-x86_64-linux-gnu.so"}},
		"by magic":          {"python3.13", files{"m/driver/node": arm}, []string{"error foreign-code m/driver/node"}},
		"macOS":             {"python3.13", files{"m/_x.so": "\xcf\xfa\xed\xfe\x0c\x00\x00\x01\x00\x00\x00\x00\x08\x00\x00\x00" + strings.Repeat("\x00", 32)}, []string{"error foreign-code m/_x.so"}},
		"several at once":   {"python3.13", files{"d/attach_linux_amd64.so": needs("libc.so.6"), "d/attach_linux_arm64.so": arm}, nil},
		"static":            {"python3.13", files{"m/bin/tool": lib(testelf.Library{Static: true})}, nil},
		"cut short":         {"python3.13", files{"m/_x.so": needs("libc.so.6")[:150]}, []string{"error damaged-code m/_x.so"}},
		"cut very short":    {"python3.13", files{"m/_x.so": needs("libc.so.6")[:15]}, []string{"error damaged-code m/_x.so"}},
		"cut data":          {"python3.13", files{"m/sample": needs("libc.so.6")[:150]}, []string{"warning damaged-code m/sample"}},
		"musl":              {"python3.13", files{"m/_x.so": needs("libc.musl-x86_64.so.1")}, []string{"error foreign-code m/_x.so"}},
		"musl, by itself":   {"python3.13", files{"m/_x.so": needs("libc.so")}, []string{"error foreign-code m/_x.so"}},
		"musl, a program":   {"python3.13", files{"m/tool": lib(testelf.Library{Loader: "/lib/ld-musl-x86_64.so.1"})}, []string{"error foreign-code m/tool"}},
		"musl, static":      {"python3.13", files{"m/tool": lib(testelf.Library{Static: true})}, nil},
		"musl by name":      {"python3.13", files{"m/tool-linux-musl": needs("libc.musl-x86_64.so.1"), "m/tool-linux-gnu": needs("libc.so.6")}, nil},
		"text called .so":   {"python3.13", files{"m/libx.so": "INPUT(libx.so.1)"}, nil},
	} {
		if got, _ := run(t, test.to, test.files, check.Options{}); !slices.Equal(got, test.want) {
			t.Errorf("%s: got %q, want %q", name, got, test.want)
		}
	}
}

func TestLibraries(t *testing.T) {
	who := lib(testelf.Library{Soname: "libwho.so.1"})
	ext := func(l testelf.Library) string { l.Needed = []string{"libmid.so.1"}; return lib(l) }
	mid := func(l testelf.Library) string {
		l.Soname, l.Needed = "libmid.so.1", []string{"libwho.so.1"}
		return lib(l)
	}
	for name, test := range map[string]struct {
		to    string
		files files
		want  []string
	}{
		"libGL":           {"python3.13", files{"cv2/cv2.abi3.so": needs("libGL.so.1", "libc.so.6")}, []string{"error missing-library libGL.so.1"}},
		"image only":      {"python3.13", files{"m/_x.so": needs("libglib-2.0.so.0")}, []string{"warning missing-library libglib-2.0.so.0"}},
		"left with AL2":   {"python3.13", files{"m/_x.so": needs("libcrypt.so.1")}, []string{"error missing-library libcrypt.so.1"}},
		"there on AL2":    {"python3.11", files{"m/_x.so": needs("libcrypt.so.1")}, nil},
		"in opt/lib":      {"python3.13", files{"m/_x.so": needs("libGL.so.1"), "/lib/libGL.so.1": needs()}, nil},
		"own RPATH":       {"python3.13", files{"m/_x.so": ext(testelf.Library{RPath: "$ORIGIN/../m.libs"}), "m.libs/libmid.so.1": lib(testelf.Library{})}, nil},
		"own RUNPATH":     {"python3.13", files{"m/_x.so": ext(testelf.Library{RunPath: "${ORIGIN}/../m.libs"}), "m.libs/libmid.so.1": lib(testelf.Library{})}, nil},
		"RPATH inherited": {"python3.13", files{"m/_x.so": ext(testelf.Library{RPath: "$ORIGIN/libs"}), "m/libs/libmid.so.1": mid(testelf.Library{}), "m/libs/libwho.so.1": who}, nil},
		"RUNPATH is not": {"python3.13", files{"m/_x.so": ext(testelf.Library{RunPath: "$ORIGIN/libs"}), "m/libs/libmid.so.1": mid(testelf.Library{}), "m/libs/libwho.so.1": who},
			[]string{"note library-path libwho.so.1"}},
		"a RUNPATH ends inheritance": {"python3.13", files{"m/_x.so": ext(testelf.Library{RPath: "$ORIGIN/libs"}), "m/libs/libmid.so.1": mid(testelf.Library{RunPath: "/nowhere"}), "m/libs/libwho.so.1": who},
			[]string{"note library-path libwho.so.1"}},
		"loaded already": {"python3.13", files{"m/_x.so": lib(testelf.Library{Needed: []string{"libwho.so.1", "libmid.so.1"}, RunPath: "$ORIGIN/libs"}),
			"m/libs/libmid.so.1": mid(testelf.Library{}), "m/libs/libwho.so.1": who}, nil},
		"other machines' folders": {"python3.13", files{"m/_x.so": lib(testelf.Library{Needed: []string{"libwho.so.1"}, RPath: "/home/builder/lib:$ORIGIN/../../../../.."})},
			[]string{"error missing-library libwho.so.1"}},
		"of the layer, by its place": {"python3.13", files{"m/_x.so": lib(testelf.Library{Needed: []string{"libwho.so.1"}, RPath: "/opt/python/w"}), "w/libwho.so.1": who}, nil},
		"two that need each other": {"python3.13", files{"m/liba.so": lib(testelf.Library{Needed: []string{"libb.so"}, RPath: "$ORIGIN"}),
			"m/libb.so": lib(testelf.Library{Needed: []string{"liba.so", "libGL.so.1"}, RPath: "$ORIGIN"})}, []string{"error missing-library libGL.so.1"}},
		"python's own":     {"python3.13", files{"m/_x.so": needs("libpython3.13.so.1.0")}, nil},
		"another python's": {"python3.13", files{"m/_x.so": needs("libpython3.11.so.1.0")}, []string{"error missing-library libpython3.11.so.1.0"}},
	} {
		if got, _ := run(t, test.to, test.files, check.Options{}); !slices.Equal(got, test.want) {
			t.Errorf("%s: got %q, want %q", name, got, test.want)
		}
	}
}

func TestSymbolVersions(t *testing.T) {
	glibc := func(v ...string) string { return versions(map[string][]string{"libc.so.6": v}) }
	cxx := func(v ...string) string { return versions(map[string][]string{"libstdc++.so.6": v}) }
	for name, test := range map[string]struct {
		to    string
		files files
		want  []string
	}{
		"as new as the runtime": {"python3.11", files{"a.so": glibc("GLIBC_2.2.5", "GLIBC_2.26"), "b.so": cxx("GLIBCXX_3.4.24", "CXXABI_1.3.11")}, nil},
		"glibc":                 {"python3.11", files{"a.so": glibc("GLIBC_2.17", "GLIBC_2.27", "GLIBC_2.28")}, []string{"error symbol-version GLIBC_2.28"}},
		"the next runtime":      {"python3.12", files{"a.so": glibc("GLIBC_2.28", "GLIBC_2.34")}, nil},
		"relocations":           {"python3.13", files{"a.so": glibc("GLIBC_ABI_DT_RELR")}, []string{"error symbol-version GLIBC_ABI_DT_RELR"}},
		"private":               {"python3.11", files{"a.so": glibc("GLIBC_PRIVATE")}, nil},
		"libstdc++":             {"python3.11", files{"a.so": cxx("GLIBCXX_3.4.25", "CXXABI_1.3.12")}, []string{"error symbol-version CXXABI_1.3.12", "error symbol-version GLIBCXX_3.4.25"}},
		"only in newer AL2023":  {"python3.13", files{"a.so": cxx("GLIBCXX_3.4.30")}, []string{"warning symbol-version GLIBCXX_3.4.30"}},
		"in no AL2023":          {"python3.13", files{"a.so": cxx("GLIBCXX_3.4.34")}, []string{"error symbol-version GLIBCXX_3.4.34"}},
		"libgcc":                {"python3.11", files{"a.so": versions(map[string][]string{"libgcc_s.so.1": {"GCC_12.0.0"}})}, []string{"error symbol-version GCC_12.0.0"}},
		"libgcc, arm64":         {"python3.13/arm64", files{"a.so": lib(testelf.Library{Machine: testelf.AArch64, Versions: map[string][]string{"libgcc_s.so.1": {"GCC_11.0"}}})}, nil},
		"may be missing":        {"python3.11", files{"a.so": lib(testelf.Library{Weak: map[string][]string{"libc.so.6": {"GLIBC_2.40"}}})}, nil},
		"of a library of the layer": {"python3.11", files{"a.so": lib(testelf.Library{RPath: "$ORIGIN", Needed: []string{"libstdc++.so.6"}, Versions: map[string][]string{"libstdc++.so.6": {"GLIBCXX_3.4.32"}}}),
			"libstdc++.so.6": lib(testelf.Library{Soname: "libstdc++.so.6"})}, nil},
		"the runtime's comes before RUNPATH": {"python3.11", files{"a.so": lib(testelf.Library{RunPath: "$ORIGIN", Needed: []string{"libstdc++.so.6"}, Versions: map[string][]string{"libstdc++.so.6": {"GLIBCXX_3.4.32"}}}),
			"libstdc++.so.6": lib(testelf.Library{Soname: "libstdc++.so.6"})}, []string{"error symbol-version GLIBCXX_3.4.32"}},
		"other families": {"python3.11", files{"a.so": versions(map[string][]string{"libc.so.6": {"OPENSSL_9.9"}})}, nil},
	} {
		if got, _ := run(t, test.to, test.files, check.Options{}); !slices.Equal(got, test.want) {
			t.Errorf("%s: got %q, want %q", name, got, test.want)
		}
	}
}

func TestRequirements(t *testing.T) {
	requires := func(list ...string) (headers []string) {
		for _, r := range list {
			headers = append(headers, "Requires-Dist: "+r)
		}
		return headers
	}
	for name, test := range map[string]struct {
		files    files
		excluded []string
		want     []string
	}{
		"all there": {files{}.dist("a", "1", requires("B>=2", `c; extra == "x"`, `d; python_version < "3"`)).dist("b", "2.1", nil), nil, nil},
		"missing":   {files{}.dist("a", "1", requires("b")), nil, []string{"error missing-requirement b"}},
		"excluded":  {files{}.dist("a", "1", requires("b")), []string{"b"}, []string{"warning missing-requirement b"}},
		"of an extra that is asked for": {files{}.dist("a", "1", requires("b[x]")).dist("b", "1", requires(`c; extra == "x"`, `d; extra == "y"`)), nil,
			[]string{"error missing-requirement c"}},
		"another version":      {files{}.dist("a", "1", requires("b>=3")).dist("b", "2", nil), nil, []string{"warning wrong-requirement b"}},
		"the runtime has it":   {files{}.dist("a", "1", requires("boto3>=1.20")), nil, nil},
		"perhaps in a version": {files{}.dist("a", "1", requires("boto3>=99")), nil, []string{"warning runtime-version boto3"}},
		"cannot be read":       {files{}.dist("a", "1", requires("???")), nil, []string{"note bad-metadata a"}},
		"has no name":          {files{"a-1.dist-info/METADATA": "hello\n"}, nil, []string{"warning bad-metadata python/a-1.dist-info/"}},
	} {
		if got, _ := run(t, "python3.13", test.files, check.Options{Excluded: test.excluded}); !slices.Equal(got, test.want) {
			t.Errorf("%s: got %q, want %q", name, got, test.want)
		}
	}
}

func TestNames(t *testing.T) {
	for name, test := range map[string]struct {
		to    string
		files files
		want  []string
	}{
		"none":               {"python3.13", files{"numpy/__init__.py": "", "six.py": ""}, nil},
		"fatal":              {"python3.13", files{}.dist("typing", "3.10.0.0", nil, "typing.py"), []string{"error shadows-standard typing"}},
		"silent":             {"python3.13", files{}.dist("argparse", "1.4.0", nil, "argparse.py"), []string{"warning shadows-standard argparse"}},
		"a package":          {"python3.13", files{}.dist("futures", "2.2.0", nil, "concurrent/__init__.py"), []string{"warning shadows-standard concurrent"}},
		"without effect":     {"python3.13", files{}.dist("enum34", "1.1.10", nil, "enum/__init__.py"), []string{"note shadows-standard enum"}},
		"a namespace is not": {"python3.13", files{"concurrent/mine.py": ""}, nil},
		"one's own":          {"python3.13", files{"random.py": ""}, []string{"warning shadows-standard random"}},
		"extension module":   {"python3.13", files{"zlib.cpython-313-x86_64-linux-gnu.so": needs()}, []string{"warning shadows-standard zlib"}},
		"in site-packages":   {"python3.13", files{"lib/python3.13/site-packages/queue.py": ""}, []string{"warning shadows-standard queue"}},
		"not yet standard":   {"python3.10", files{"tomllib/__init__.py": ""}, nil},
		"no longer standard": {"python3.13", files{}.dist("legacy-cgi", "2.6", nil, "cgi.py"), nil},
		"the runtime's own":  {"python3.13", files{}.dist("simplejson", "3.20.2", nil, "simplejson/__init__.py"), []string{"note shadows-runtime simplejson"}},
		"the function's":     {"python3.13", files{"lambda_function.py": ""}, []string{"warning hidden-by-function lambda_function"}},
		"only data":          {"python3.13", files{"queue/data.json": "{}"}, nil},
		"a .pth file":        {"python3.13", files{"x.pth": "import os\n", "y.pth": "folder\n", "m/z.pth": ""}, []string{"note path-file x.pth", "note path-file y.pth"}},
	} {
		if got, _ := run(t, test.to, test.files, check.Options{}); !slices.Equal(got, test.want) {
			t.Errorf("%s: got %q, want %q", name, got, test.want)
		}
	}
}

func TestSDK(t *testing.T) {
	dists := func(pairs ...string) files {
		f := files{}
		for i := 0; i < len(pairs); i += 2 {
			f.dist(pairs[i], pairs[i+1], nil)
		}
		return f
	}
	for name, test := range map[string]struct {
		files files
		want  []string
	}{
		"all":              {dists("boto3", "1.43.1", "botocore", "1.43.1", "s3transfer", "0.18", "urllib3", "1.26.20"), nil},
		"none":             {dists("requests", "2.33"), nil},
		"botocore alone":   {dists("botocore", "1.43.1", "urllib3", "2.6.3"), []string{"warning partial-sdk boto3, s3transfer"}},
		"without boto3":    {dists("botocore", "1.43.1", "s3transfer", "0.18"), []string{"warning partial-sdk boto3"}},
		"urllib3 alone":    {dists("urllib3", "2.6.3"), []string{"note shadows-runtime urllib3"}},
		"an older urllib3": {dists("urllib3", "1.26.20"), []string{"warning shadows-runtime urllib3"}},
	} {
		if got, _ := run(t, "python3.13", test.files, check.Options{}); !slices.Equal(got, test.want) {
			t.Errorf("%s: got %q, want %q", name, got, test.want)
		}
	}
}

func TestReportErr(t *testing.T) {
	_, r := run(t, "python3.13", files{}.dist("opencv-python", "5.0", nil, "cv2/cv2.abi3.so").dist("typing", "3.10", nil, "typing.py"), check.Options{})
	err := r.Err("layer.zip")
	if catalogue.KindOf(err) != fault.Layer || len(fault.Details(err)) != 1 {
		t.Errorf("got %v", err)
	}
	_, r = run(t, "python3.13", files{"argparse.py": ""}, check.Options{})
	if err := r.Err("layer.zip"); err != nil || r.Count(check.Warning) != 1 {
		t.Errorf("a warning is no error: %v", err)
	}
}

// What was read of an archive that is known by its hash is not read again.
func TestFacts(t *testing.T) {
	f := files{"a.so": needs("libGL.so.1"), "b.py": "x = 1\n", "c.so": needs("libc.so.6")}
	facts := memory{}
	for range 2 {
		l := f.layer()
		if len(facts) > 0 { // the ELF files cannot be read any more
			for i := range l.Entries {
				l.Entries[i].Source = failing{}
			}
		}
		for i := range l.Entries {
			l.Entries[i].Offset = int64(i) // tells the entries apart, as in one archive
			if len(facts) == 0 {
				content := append(make([]byte, i), f[l.Entries[i].Path()]...)
				l.Entries[i].Source = bytes.NewReader(content)
			}
		}
		l.Source = func(*layer.Entry) string { return "sha256:1" }
		r, err := check.Static(t.Context(), l, parse(t, "python3.13"), check.Options{Facts: facts})
		if err != nil || r.Binaries != 2 || len(r.Findings) != 1 {
			t.Fatalf("got %+v, %v", r, err)
		}
	}
}

type failing struct{}

func (failing) ReadAt([]byte, int64) (int, error) { return 0, errors.New("was read again") }
