package main

import (
	"crypto/sha256"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"

	"golang.org/x/sync/errgroup"
)

// Facts about lamella that package formats want.
const (
	summary    = "Turn a Python lock file into an AWS Lambda layer"
	homepage   = "https://github.com/lamella-build/lamella"
	licence    = "Apache-2.0"
	maintainer = "The lamella authors <noreply@github.com>"
)

// platform is one operating system and architecture, by Go's names, and what
// other ecosystems call it.
type platform struct {
	os, arch string
	wheel    string // platform tags (PEP 425); the Linux binary is static, so it fits glibc and musl
	node     string // process.platform + "-" + process.arch
}

var platforms = []platform{
	{"linux", "amd64", "manylinux_2_17_x86_64.manylinux2014_x86_64.musllinux_1_1_x86_64", "linux-x64"},
	{"linux", "arm64", "manylinux_2_17_aarch64.manylinux2014_aarch64.musllinux_1_1_aarch64", "linux-arm64"},
	{"darwin", "amd64", "macosx_12_0_x86_64", "darwin-x64"}, // Go 1.26 needs macOS 12
	{"darwin", "arm64", "macosx_12_0_arm64", "darwin-arm64"},
	{"windows", "amd64", "win_amd64", "win32-x64"},
	{"windows", "arm64", "win_arm64", "win32-arm64"},
}

func (p platform) program() string {
	if p.os == "windows" {
		return "lamella.exe"
	}
	return "lamella"
}

// release is one run: what is packed, and where to.
type release struct {
	Version, Binaries, Out, Root string
	NoPackages                   bool
	Only                         string // the platform whose wheel alone is made; "" for everything

	mu   sync.Mutex        // of sums
	sums map[string]string // file name → hex SHA-256
}

var semver = regexp.MustCompile(`^(\d+\.\d+\.\d+)(?:-(alpha|beta|rc|dev)\.(\d+))?$`)

// pep440 returns the version as Python spells it, 1.2.3rc1 for 1.2.3-rc.1.
func pep440(version string) (string, error) {
	parts := semver.FindStringSubmatch(version)
	if parts == nil {
		return "", fmt.Errorf("version %q is none of 1.2.3, 1.2.3-alpha.1, 1.2.3-beta.1, 1.2.3-rc.1 and 1.2.3-dev.1", version)
	}
	short := map[string]string{"": "", "alpha": "a", "beta": "b", "rc": "rc", "dev": ".dev"}
	return parts[1] + short[parts[2]] + parts[3], nil
}

// run fills r.Out.
func (r *release) run() error {
	if _, err := pep440(r.Version); err != nil {
		return err
	}
	if err := os.RemoveAll(r.Out); err != nil {
		return err
	}
	if err := os.MkdirAll(r.Out, 0o755); err != nil {
		return err
	}
	r.sums = map[string]string{}
	if r.Only != "" {
		return r.onlyWheel()
	}
	extras, err := r.extras()
	if err != nil {
		return err
	}
	binaries := map[platform][]byte{}
	var group errgroup.Group
	for _, p := range platforms {
		binary, err := os.ReadFile(r.binary(p))
		if err != nil {
			return err
		}
		binaries[p] = binary
		group.Go(func() error {
			if err := r.packOne(p, binary, extras); err != nil {
				return fmt.Errorf("%s/%s: %w", p.os, p.arch, err)
			}
			return nil
		})
	}
	if err := group.Wait(); err != nil {
		return err
	}
	for _, step := range []func() error{
		r.npmMain, r.cask, r.scoop,
		func() error { return r.image(binaries) },
		func() error { return r.systemPackages(extras) },
	} {
		if err := step(); err != nil {
			return err
		}
	}
	return r.checksums()
}

// onlyWheel writes the wheel of one platform.
func (r *release) onlyWheel() error {
	for _, p := range platforms {
		if p.os+"/"+p.arch == r.Only {
			binary, err := os.ReadFile(r.binary(p))
			if err != nil {
				return err
			}
			return r.wheel(p, binary)
		}
	}
	return fmt.Errorf("there is no wheel for %s", r.Only)
}

// packOne writes what there is once for each platform.
func (r *release) packOne(p platform, binary []byte, extras []file) error {
	if err := r.archive(p, binary, extras); err != nil {
		return err
	}
	if err := r.wheel(p, binary); err != nil {
		return err
	}
	return r.npmPlatform(p, binary)
}

func (r *release) binary(p platform) string {
	return filepath.Join(r.Binaries, "lamella-"+p.os+"-"+p.arch+strings.TrimPrefix(p.program(), "lamella"))
}

// archiveName returns the name of the archive for p, which casks and manifests
// link to.
func (r *release) archiveName(p platform) string {
	name := fmt.Sprintf("lamella_%s_%s_%s", r.Version, p.os, p.arch)
	if p.os == "windows" {
		return name + ".zip"
	}
	return name + ".tar.gz"
}

func (r *release) archive(p platform, binary []byte, extras []file) error {
	files := append([]file{{p.program(), 0o755, binary}}, extras...)
	pack := tarGz
	if p.os == "windows" {
		pack = zipOf
	}
	packed, err := pack(files)
	if err != nil {
		return err
	}
	return r.write(r.archiveName(p), packed)
}

// extras returns the files that archives hold beside the program.
func (r *release) extras() ([]file, error) {
	var files []file
	for _, name := range []string{"LICENSE", "README.md", "CHANGELOG.md"} {
		content, err := os.ReadFile(filepath.Join(r.Root, name))
		if err != nil {
			return nil, err
		}
		files = append(files, file{name, 0o644, content})
	}
	scripts, err := completions()
	if err != nil {
		return nil, err
	}
	return slices.Concat(files, scripts, manPages(r.Version)), nil
}

func (r *release) write(name string, content []byte) error {
	sum := fmt.Sprintf("%x", sha256.Sum256(content))
	r.mu.Lock()
	r.sums[name] = sum
	r.mu.Unlock()
	path := filepath.Join(r.Out, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	return os.WriteFile(path, content, 0o644)
}

// checksums writes checksums.txt in the form of sha256sum.
func (r *release) checksums() error {
	var lines []string
	for name, sum := range r.sums {
		lines = append(lines, sum+"  "+name+"\n")
	}
	slices.SortFunc(lines, func(a, b string) int { return strings.Compare(a[66:], b[66:]) })
	return os.WriteFile(filepath.Join(r.Out, "checksums.txt"), []byte(strings.Join(lines, "")), 0o644)
}
