package e2e

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/lamella-build/lamella/internal/test/testenv"
)

// What one hostile input may cost.
const (
	mostMemory = 100_000_000 // bytes above what a small build needs
	mostCPU    = 10 * time.Second
)

// hostileInput writes something that is meant to exhaust the machine into dir, and
// returns the arguments of a run that reads it.
type hostileInput struct {
	name  string
	heavy bool // run by make verify only
	write func(t *testing.T, dir string) (args []string)
	want  int // exit status
}

// TestHostileInputs measures what the program uses for each hostile input, and that it
// refuses it for the right reason, or takes what is odd but harmless.
func TestHostileInputs(t *testing.T) {
	baseline := hostileUsage(t, hostileInput{write: func(t *testing.T, dir string) []string {
		return []string{"build", "--lock", writeLock(t, dir, "requirements.txt", ""), "--runtime", "python3.13"}
	}, want: 5})
	t.Logf("%-44s %9s %8s  %s", "input", "memory", "CPU", "exit")
	t.Logf("%-44s %6d MB %6.1f s", "a small build", baseline.PeakMemory/1e6, baseline.CPU.Seconds())
	for _, kind := range [][]hostileInput{hostileLocks(), hostilePackages(), hostileWheels(), hostilePages(), hostileFiles(), hostilePipes(), hostileStores(), hostileSdists()} {
		for _, input := range kind {
			if input.heavy && !testenv.All() {
				continue
			}
			used := hostileUsage(t, input)
			memory := max(0, used.PeakMemory-baseline.PeakMemory)
			t.Logf("%-44s %6d MB %6.1f s  %d", input.name, memory/1e6, used.CPU.Seconds(), used.status)
			want := input.want
			if other, ok := otherStatus[input.name]; ok {
				want = other
			}
			if used.status != want {
				t.Errorf("%s: exit status %d, want %d", input.name, used.status, want)
			}
			if memory > mostMemory || used.CPU > mostCPU {
				t.Errorf("%s: %d MB and %.1f s of CPU, at most %d MB and %s are wanted", input.name, memory/1e6, used.CPU.Seconds(), mostMemory/1_000_000, mostCPU)
			}
		}
	}
}

// otherStatus are the exit statuses that differ from those of their kind: 0 for what is
// within the limits, 5 for a lock that is read and has no packages.
var otherStatus = map[string]int{
	"uv.lock: dotted keys":                           5,
	"uv.lock: a long string":                         5,
	"uv.lock: escapes":                               5,
	"uv.lock: 290,000 values":                        5,
	"uv.lock: 49,000 dependencies with markers":      5, // all of them false
	"requirements.txt: 20,000 hashes of one package": 4, // no index has it
	"requirements.txt: one large file 100 times":     5,
	"wheel: 59,000 entries":                          0,
	"wheel: 119,000 rows, moved files":               0,
	"wheel: four files of metadata of 8 MB":          0,
	"wheel: unpacked 1 GB":                           5, // larger than a layer may be
	"Pipfile beside the lock: 80,000 tables":         5, // not needed for requirements.txt
	".netrc":                                         5,
	"uv.lock: pipe":                                  3,
	"uv.lock: /dev/zero":                             3,
	".python-version: pipe":                          5,
	".python-version: /dev/zero":                     5,
	"home/.netrc: pipe":                              5,
	"home/.netrc: /dev/zero":                         5,
}

type hostileResult struct {
	testenv.Usage
	status int
}

// hostileUsage runs the program on input.
func hostileUsage(t *testing.T, input hostileInput) hostileResult {
	t.Helper()
	dir := t.TempDir()
	args := input.write(t, dir)
	var out bytes.Buffer
	// timeout ends a run that waits for ever, such as for a pipe: status 124.
	command := exec.Command("timeout", append([]string{"60", binary}, args...)...)
	command.Dir, command.Stdout, command.Stderr = dir, &out, &out
	command.Env = append(cleanEnv(t, filepath.Join(t.TempDir(), "cache")), "HOME="+filepath.Join(dir, "home"), "XDG_CONFIG_HOME="+filepath.Join(dir, "home", ".config"))
	used, err := testenv.Measure(t, command)
	status := 0
	if err != nil {
		status = -1
		if exit := (*exec.ExitError)(nil); errors.As(err, &exit) {
			status = exit.ExitCode()
		}
	}
	if status < 0 || status >= 124 || strings.Contains(out.String(), "goroutine ") {
		t.Errorf("%s: exit status %d\n%.2000s", input.name, status, &out)
	}
	return hostileResult{used, status}
}

// writeLock writes a file, its folders included, and returns its path.
func writeLock(t *testing.T, dir, name, content string) string {
	t.Helper()
	path := filepath.Join(dir, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// numbered is n times format with its number.
func numbered(n int, format string) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, format, i)
	}
	return b.String()
}

// hostileLocks are files of each format of lock.
func hostileLocks() []hostileInput {
	lock := func(name, file string, heavy bool, content func() string) hostileInput {
		return hostileInput{file + ": " + name, heavy, func(t *testing.T, dir string) []string {
			return []string{"build", "--lock", writeLock(t, dir, file, content()), "--runtime", "python3.13"}
		}, 3}
	}
	var all []hostileInput
	for file, head := range map[string]string{
		"uv.lock":     "version = 1\nrevision = 3\nrequires-python = \">=3.8\"\n",
		"poetry.lock": "# This file is automatically @generated by Poetry 2.1.1 and should not be changed by hand.\n",
		"pdm.lock":    "# This file is @generated by PDM.\n[metadata]\nlock_version = \"4.5.0\"\n",
		"pylock.toml": "lock-version = \"1.0\"\ncreated-by = \"x\"\n",
	} {
		packages := "package"
		if file == "pylock.toml" {
			packages = "packages"
		}
		first := file == "uv.lock"
		all = append(all,
			lock("80,000 tables", file, !first, func() string { return head + numbered(80_000, "[t%d]\n") }),
			lock("nested arrays", file, true, func() string { return head + "a = " + strings.Repeat("[", 1_000_000) }),
			lock("nested inline tables", file, true, func() string { return head + "a = " + strings.Repeat("{a=", 200_000) }),
			lock("nested keys", file, true, func() string { return head + "[" + strings.Repeat("a.", 1_000_000) + "a]\n" }),
			lock("a long array", file, true, func() string { return head + "a = [" + strings.Repeat("1,", 490_000) + "]\n" }),
			lock("an array of tables", file, true, func() string { return head + "a = [" + strings.Repeat("{a=1},", 240_000) + "]\n" }),
			lock("dotted keys", file, true, func() string { return head + numbered(20_000, "a.b.c.d.e.f.g.h%d = 1\n") }),
			lock("a long string", file, true, func() string { return head + "a = \"" + strings.Repeat("x", 15_900_000) + "\"\n" }),
			lock("escapes", file, true, func() string { return head + "a = \"" + strings.Repeat(`\n`, 7_900_000) + "\"\n" }),
			lock("many packages", file, !first, func() string {
				return head + numbered(150_000, "[["+packages+"]]\nname = \"p%d\"\nversion = \"1\"\n")
			}),
			lock("290,000 values", file, true, func() string { return head + "a = [" + strings.Repeat("1,", 290_000) + "]\n" }),
			lock("140,000 tables in an array", file, true, func() string { return head + "a = [" + strings.Repeat("{a=1},", 140_000) + "]\n" }),
			lock("39,000 packages", file, true, func() string {
				return head + numbered(39_000, "[["+packages+"]]\nname = \"p%d\"\nversion = \"1\"\n")
			}),
			lock("headers alone", file, true, func() string { return head + strings.Repeat("[["+packages+"]]\n", 2_000_000) }),
		)
	}
	all = append(all,
		lock("nesting", "Pipfile.lock", true, func() string {
			return `{"_meta": {"pipfile-spec": 6}, "default": ` + strings.Repeat("[", 15_000_000)
		}),
		lock("nested objects", "Pipfile.lock", true, func() string {
			return `{"_meta": {"pipfile-spec": 6}, "default": ` + strings.Repeat(`{"a":`, 2_600_000)
		}),
		lock("millions of values", "Pipfile.lock", false, func() string {
			return `{"_meta": {"pipfile-spec": 6}, "default": {"a": {"hashes": [` + strings.Repeat(`"",`, 5_000_000) + `""], "version": "==1"}}}`
		}),
		lock("millions of packages", "Pipfile.lock", true, func() string {
			return `{"_meta": {"pipfile-spec": 6}, "default": {` + numbered(1_000_000, `"p%d":{},`) + `"x":{}}}`
		}),
		lock("millions of sections", "Pipfile.lock", true, func() string {
			return `{"_meta": {"pipfile-spec": 6}, ` + numbered(1_000_000, `"p%d":{},`) + `"default":{}}`
		}),
		lock("millions of sources", "Pipfile.lock", true, func() string {
			return `{"_meta": {"pipfile-spec": 6, "sources": [` + strings.Repeat(`{},`, 5_000_000) + `{}]}, "default":{}}`
		}),
		lock("empty lines", "requirements.txt", true, func() string { return strings.Repeat("\n", 15_900_000) }),
		lock("short lines", "requirements.txt", true, func() string { return strings.Repeat("a==1\n", 3_000_000) }),
		lock("distinct lines", "requirements.txt", true, func() string { return numbered(290_000, "p%d==1\n") }),
		lock("19,000 packages", "requirements.txt", true, func() string { return numbered(19_000, "p%d==1\n") }),
		lock("20,000 hashes of one package", "requirements.txt", true, func() string {
			return "a==1" + strings.Repeat(" --hash=sha256:"+strings.Repeat("0", 64), 20_000) + "\n"
		}),
		lock("hashes", "requirements.txt", true, func() string {
			return "a==1" + strings.Repeat(" --hash=sha256:"+strings.Repeat("0", 64), 190_000) + "\n"
		}),
		lock("one long line", "requirements.txt", false, func() string { return "a==1 ;" + strings.Repeat(" (", 7_900_000) }),
		lock("continued lines", "requirements.txt", true, func() string { return strings.Repeat("a\\\n", 5_000_000) }),
		lock("find-links", "requirements.txt", true, func() string { return strings.Repeat("-f .\n", 3_000_000) }),
		lock("extra indexes", "requirements.txt", true, func() string { return strings.Repeat("--extra-index-url http://x\n", 500_000) }),
		lock("UTF-16", "requirements.txt", true, func() string { return "\xff\xfe" + strings.Repeat("\n\x00", 7_900_000) }),
		lock("Latin-1", "requirements.txt", true, func() string { return "# coding: latin-1\n" + strings.Repeat("\xe4", 15_900_000) }),
		hostileInput{"requirements.txt: a chain of 2,000 files", false, func(t *testing.T, dir string) []string {
			for i := range 2_000 {
				writeLock(t, dir, fmt.Sprintf("r%d.txt", i), fmt.Sprintf("-r r%d.txt\n", i+1))
			}
			writeLock(t, dir, "r2000.txt", "")
			return []string{"build", "--lock", "r0.txt", "--runtime", "python3.13"}
		}, 3},
		hostileInput{"requirements.txt: fan-out of 2^30 files", false, func(t *testing.T, dir string) []string {
			for i := range 30 {
				writeLock(t, dir, fmt.Sprintf("r%d.txt", i), fmt.Sprintf("-r r%d.txt\n-r ./r%d.txt\n", i+1, i+1))
			}
			writeLock(t, dir, "r30.txt", "a==1\n")
			return []string{"build", "--lock", "r0.txt", "--runtime", "python3.13"}
		}, 3},
		hostileInput{"requirements.txt: one large file 100 times", true, func(t *testing.T, dir string) []string {
			writeLock(t, dir, "large.txt", strings.Repeat("# comment\n", 25_000))
			return []string{"build", "--lock", writeLock(t, dir, "requirements.txt", strings.Repeat("-r large.txt\n", 100)), "--runtime", "python3.13"}
		}, 3},
	)
	return all
}
