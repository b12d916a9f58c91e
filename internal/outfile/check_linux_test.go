package outfile

import (
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestCheckOpenFiles: /dev/stdout and its kind are links to what may have no path.
func TestCheckOpenFiles(t *testing.T) {
	kind := Kind{Name: "a layer zip", Example: "layer.zip", Option: "-o"}
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	defer w.Close()
	listener, err := net.ListenUnix("unix", &net.UnixAddr{Name: filepath.Join(t.TempDir(), "s")})
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	socket, err := listener.File()
	if err != nil {
		t.Fatal(err)
	}
	defer socket.Close()
	removed, err := os.Create(filepath.Join(t.TempDir(), "x.zip"))
	if err != nil {
		t.Fatal(err)
	}
	defer removed.Close()
	if err := os.Remove(removed.Name()); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		file *os.File
		want string
	}{{r, "is a pipe, not a file"}, {w, "is a pipe, not a file"}, {socket, "is a socket, not a file"}, {removed, "is a deleted file"}} {
		err := kind.Check(fmt.Sprintf("/proc/self/fd/%d", test.file.Fd()))
		if err == nil || !strings.Contains(err.Error(), test.want) || strings.Contains(err.Error(), "broken") {
			t.Errorf("got %v, want %q", err, test.want)
		}
	}
}
