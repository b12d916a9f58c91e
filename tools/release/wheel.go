package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// wheel writes the wheel of p: the Python module, and the program in .data/scripts,
// from where installers copy it into the environment's bin folder (binary distribution
// format, "The .data directory").
func (r *release) wheel(p platform, binary []byte) error {
	version, err := pep440(r.Version)
	if err != nil {
		return err
	}
	readme, err := os.ReadFile(filepath.Join(r.Root, "README.md"))
	if err != nil {
		return err
	}
	text, err := os.ReadFile(filepath.Join(r.Root, "LICENSE"))
	if err != nil {
		return err
	}
	stem := "lamella-" + version
	info := stem + ".dist-info/"
	files, err := r.module()
	if err != nil {
		return err
	}
	files = append(files, []file{
		{stem + ".data/scripts/" + p.program(), 0o755, binary},
		{info + "METADATA", 0o644, metadata(version, absoluteLinks(readme, r.Version))},
		{info + "WHEEL", 0o644, wheelFile(p)},
		{info + "licenses/LICENSE", 0o644, text},
	}...)
	var record bytes.Buffer
	for _, f := range files {
		sum := sha256.Sum256(f.content)
		fmt.Fprintf(&record, "%s,sha256=%s,%d\n", f.name, base64.RawURLEncoding.EncodeToString(sum[:]), len(f.content))
	}
	fmt.Fprintf(&record, "%sRECORD,,\n", info)
	files = append(files, file{info + "RECORD", 0o644, record.Bytes()})
	packed, err := zipOf(files)
	if err != nil {
		return err
	}
	return r.write(stem+"-py3-none-"+p.wheel+".whl", packed)
}

// module returns the files of the Python module.
func (r *release) module() ([]file, error) {
	folder := filepath.Join(r.Root, "python", "lamella")
	names, err := filepath.Glob(filepath.Join(folder, "*.py"))
	if err != nil {
		return nil, err
	}
	var files []file
	for _, path := range append(names, filepath.Join(folder, "py.typed")) {
		content, err := os.ReadFile(path)
		if err != nil {
			return nil, err
		}
		files = append(files, file{"lamella/" + filepath.Base(path), 0o644, content})
	}
	return files, nil
}

// wheelFile returns the content of WHEEL, with one line for each of the
// platform tags that the file's name has together.
func wheelFile(p platform) []byte {
	var b strings.Builder
	b.WriteString("Wheel-Version: 1.0\nGenerator: lamella tools/release\nRoot-Is-Purelib: false\n")
	for tag := range strings.SplitSeq(p.wheel, ".") {
		fmt.Fprintf(&b, "Tag: py3-none-%s\n", tag)
	}
	return []byte(b.String())
}

// metadata returns the content of METADATA (core metadata 2.4).
func metadata(version string, readme []byte) []byte {
	lines := []string{
		"Metadata-Version: 2.4",
		"Name: lamella",
		"Version: " + version,
		"Summary: " + summary,
		"Keywords: aws,lambda,layer,lock file,pip,uv,poetry,pdm,pipenv",
		"Author: The lamella authors",
		"License-Expression: " + licence,
		"License-File: LICENSE",
		"Project-URL: Homepage, " + homepage,
		"Project-URL: Documentation, " + homepage + "/tree/main/docs",
		"Project-URL: Changelog, " + homepage + "/blob/main/CHANGELOG.md",
		"Project-URL: Issues, " + homepage + "/issues",
		"Project-URL: Source, " + homepage,
		"Classifier: Development Status :: 4 - Beta",
		"Classifier: Environment :: Console",
		"Classifier: Intended Audience :: Developers",
		"Classifier: Operating System :: MacOS",
		"Classifier: Operating System :: Microsoft :: Windows",
		"Classifier: Operating System :: POSIX :: Linux",
		"Classifier: Programming Language :: Go",
		"Classifier: Programming Language :: Python :: 3",
		"Classifier: Topic :: Software Development :: Build Tools",
		"Classifier: Typing :: Typed",
		"Requires-Python: >=3.9",
		"Description-Content-Type: text/markdown",
		"",
	}
	return append([]byte(strings.Join(lines, "\n")+"\n"), readme...)
}

// absoluteLinks turns the README's links to files of the repository into links
// that also work on a package index.
func absoluteLinks(readme []byte, version string) []byte {
	at := homepage + "/blob/v" + version + "/"
	readme = bytes.ReplaceAll(readme, []byte("](docs/bench.svg)"), []byte("]("+homepage+"/raw/v"+version+"/docs/bench.svg)"))
	for _, prefix := range []string{"docs/", "LICENSE", "CONTRIBUTING.md", "SECURITY.md", "CHANGELOG.md"} {
		readme = bytes.ReplaceAll(readme, []byte("]("+prefix), []byte("]("+at+prefix))
	}
	return readme
}
