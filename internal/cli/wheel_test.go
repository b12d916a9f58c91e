package cli

import (
	"archive/zip"
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"os"
	"path/filepath"
)

// writeProject puts a project into dir that needs no network: wheels/ with two
// pure-Python wheels, and requirements.txt, which locks them.
func writeProject(dir string) error {
	if err := os.MkdirAll(filepath.Join(dir, "wheels"), 0o755); err != nil {
		return err
	}
	var requirements bytes.Buffer
	for _, w := range []struct{ name, version, module string }{
		{"alpha", "1.0", "alpha/__init__.py"},
		{"beta", "2.0", "beta.py"},
	} {
		wheel, err := pureWheel(w.name, w.version, w.module, w.name+"_tests/tests/test_it.py")
		if err != nil {
			return err
		}
		name := fmt.Sprintf("%s-%s-py3-none-any.whl", w.name, w.version)
		if err := os.WriteFile(filepath.Join(dir, "wheels", name), wheel, 0o644); err != nil {
			return err
		}
		fmt.Fprintf(&requirements, "%s==%s --hash=sha256:%x\n", w.name, w.version, sha256.Sum256(wheel))
	}
	return os.WriteFile(filepath.Join(dir, "requirements.txt"), requirements.Bytes(), 0o644)
}

// pureWheel makes a pure-Python wheel with the given files.
func pureWheel(name, version string, files ...string) ([]byte, error) {
	info := fmt.Sprintf("%s-%s.dist-info/", name, version)
	contents := map[string]string{
		info + "METADATA": fmt.Sprintf("Metadata-Version: 2.1\nName: %s\nVersion: %s\n", name, version),
		info + "WHEEL":    "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
	}
	for _, file := range files {
		contents[file] = "x = 1\n"
	}
	record := info + "RECORD,,\n"
	names := append([]string{info + "METADATA", info + "WHEEL"}, files...)
	for _, file := range names {
		sum := sha256.Sum256([]byte(contents[file]))
		record += fmt.Sprintf("%s,sha256=%s,%d\n", file, base64.RawURLEncoding.EncodeToString(sum[:]), len(contents[file]))
	}
	contents[info+"RECORD"] = record

	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for _, file := range append(names, info+"RECORD") {
		w, err := z.Create(file)
		if err != nil {
			return nil, err
		}
		if _, err := w.Write([]byte(contents[file])); err != nil {
			return nil, err
		}
	}
	if err := z.Close(); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}
