package cli

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/lamella-build/lamella/internal/test/testindex"
)

// openTerminal returns the two ends of a pseudo terminal that is so wide.
func openTerminal(t *testing.T, width int) (master, terminal *os.File) {
	t.Helper()
	master, err := os.OpenFile("/dev/ptmx", os.O_RDWR, 0)
	if err != nil {
		t.Skip(err)
	}
	t.Cleanup(func() { master.Close() })
	fd := int(master.Fd())
	if err := unix.IoctlSetPointerInt(fd, unix.TIOCSPTLCK, 0); err != nil {
		t.Fatal(err)
	}
	n, err := unix.IoctlGetInt(fd, unix.TIOCGPTN)
	if err != nil {
		t.Fatal(err)
	}
	terminal, err = os.OpenFile(fmt.Sprintf("/dev/pts/%d", n), os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	if err := unix.IoctlSetWinsize(fd, unix.TIOCSWINSZ, &unix.Winsize{Row: 24, Col: uint16(width)}); err != nil {
		t.Fatal(err)
	}
	return master, terminal
}

// slowIndex serves a large wheel slowly, and its page after some time, and returns
// a project that needs it.
func slowIndex(t *testing.T) (url, project string) {
	t.Helper()
	data := make([]byte, 2_000_000)
	_, _ = rand.Read(data)
	w := testindex.Wheel{Name: "aws-lambda-something-long", Version: "3.2.10", Tag: "py3-none-any", Files: map[string]string{"big.bin": string(data)}}
	content, err := w.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256(content)
	server := httptest.NewServer(http.HandlerFunc(func(out http.ResponseWriter, r *http.Request) {
		if strings.HasPrefix(r.URL.Path, "/simple/") {
			time.Sleep(1500 * time.Millisecond)
			out.Header().Set("Content-Type", "application/vnd.pypi.simple.v1+json")
			fmt.Fprintf(out, `{"meta":{"api-version":"1.0"},"name":%q,"files":[{"filename":%q,"url":"/files/%s","hashes":{"sha256":"%x"},"size":%d}]}`,
				w.Name, w.FileName(), w.FileName(), sum, len(content))
			return
		}
		out.Header().Set("Content-Length", fmt.Sprint(len(content)))
		for rest := content; len(rest) > 0; {
			n := min(len(rest), 100_000)
			_, _ = out.Write(rest[:n])
			out.(http.Flusher).Flush()
			rest = rest[n:]
			time.Sleep(100 * time.Millisecond)
		}
	}))
	t.Cleanup(server.Close)
	project = t.TempDir()
	if err := os.WriteFile(filepath.Join(project, "requirements.txt"), fmt.Appendf(nil, "%s==%s --hash=sha256:%x\n", w.Name, w.Version, sum), 0o644); err != nil {
		t.Fatal(err)
	}
	return server.URL + "/simple/", project
}

// buildSlowly builds with stderr on a pseudo terminal, or a pipe if width is 0, and
// returns what was written there.
func buildSlowly(t *testing.T, width int, env map[string]string, args ...string) string {
	t.Helper()
	url, project := slowIndex(t)
	read, write, err := os.Pipe()
	if width > 0 {
		read, write = openTerminal(t, width)
	}
	if err != nil {
		t.Fatal(err)
	}
	written := make(chan string)
	go func() {
		all, _ := io.ReadAll(read) // a terminal that is closed is an error
		written <- string(all)
	}()
	vars := map[string]string{"TERM": "xterm", "HOME": project, "PATH": os.Getenv("PATH"), "LAMELLA_CACHE_DIR": filepath.Join(project, "cache")}
	for name, value := range env {
		vars[name] = value
	}
	args = append([]string{"build", project, "--runtime", "python3.13", "--index-url", url, "-o", filepath.Join(project, "out.zip")}, args...)
	status := Main(context.Background(), args, Stdio{Out: io.Discard, Err: write, LookupEnv: func(name string) (string, bool) {
		value, ok := vars[name]
		return value, ok
	}})
	write.Close()
	text := <-written
	if status != 0 {
		t.Fatalf("status %d: %s", status, text)
	}
	return text
}

func TestThrottledDownload(t *testing.T) {
	for _, test := range []struct {
		name  string
		width int
		env   map[string]string
		args  []string
		has   []string
		lacks []string
	}{
		{"60 columns", 60, nil, nil, []string{"of 2.0 MB", "3.2.10", " %", "/s", "waiting for an answer", "\x1b["}, nil},
		{"100 columns", 100, nil, nil, []string{"of 2.0 MB", "aws-lambda-something-long 3.2.10", " %", "/s", "━", "left", "waiting for an answer"}, nil},
		{"NO_COLOR", 100, map[string]string{"NO_COLOR": "1"}, nil, []string{"of 2.0 MB"}, []string{"\x1b[3", "\x1b[0m"}},
		{"TERM=dumb", 100, map[string]string{"TERM": "dumb"}, nil, []string{"downloaded aws-lambda-something-long 3.2.10, 2.0 MB"}, []string{"\x1b"}},
		{"CI", 100, map[string]string{"CI": "true"}, nil, []string{"downloaded aws-lambda-something-long 3.2.10, 2.0 MB"}, []string{"━", "waiting"}},
		{"no terminal", 0, nil, nil, []string{"downloaded aws-lambda-something-long 3.2.10, 2.0 MB"}, []string{"\x1b", "━"}},
		{"quiet", 100, nil, []string{"--quiet"}, nil, []string{"download", "\x1b"}},
		{"JSON result", 60, nil, []string{"--json"}, []string{"of 2.0 MB"}, nil},
		{"JSON progress", 100, nil, []string{"--progress", "json"}, []string{`"event":"expect"`, `"op":"wait"`, `"event":"progress"`}, []string{"\x1b"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			text := buildSlowly(t, test.width, test.env, test.args...)
			for _, want := range test.has {
				if !strings.Contains(text, want) {
					t.Errorf("%q is not in\n%q", want, text)
				}
			}
			for _, unwanted := range test.lacks {
				if strings.Contains(text, unwanted) {
					t.Errorf("%q is in\n%q", unwanted, text)
				}
			}
		})
	}
}
