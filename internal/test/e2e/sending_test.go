package e2e

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/lamella-build/lamella/internal/test/fakeaws"
	"github.com/lamella-build/lamella/internal/test/testenv"
	"github.com/lamella-build/lamella/internal/test/testindex"
	"github.com/lamella-build/lamella/publish"
)

// sendingRig is a layer of two large wheels and a small one that is deployed from an index.
type sendingRig struct {
	t      *testing.T
	server *fakeaws.Server
	dir    string
	env    []string
	index  string
	bucket string

	mu      sync.Mutex
	served  int           // bytes of wheels
	sent    int           // parts that S3 received
	early   int           // of these, before the last request for a wheel was answered
	parts   chan struct{} // closed when the first part has been sent
	damaged int           // the byte of the wheels that is wrong, counted as they are served; 0 for none
	kill    func()        // called at the first part
}

func newSendingRig(t *testing.T) *sendingRig {
	t.Helper()
	r := &sendingRig{t: t, server: fakeaws.New(t, "bucket"), dir: t.TempDir(), bucket: "bucket", parts: make(chan struct{})}
	r.server.Place = "us-east-1" // that of AWSEnv
	wheels := filepath.Join(r.dir, "wheels")
	var lock strings.Builder
	for i, size := range []int{9 << 20, 8 << 20, 1000} {
		data := make([]byte, size)
		_, _ = rand.NewChaCha8([32]byte{byte(i)}).Read(data) // never fails
		files := map[string]string{}
		for k := range 4 { // the last come first in the zip
			files[fmt.Sprintf("pkg%d/%d/data%d.bin", i, 9-k, k)] = string(data[k*size/4 : (k+1)*size/4])
		}
		name := fmt.Sprintf("pkg%d", i)
		wheel := testindex.MakeWheel(t, wheels, name, "1.0", "py3-none-any", files)
		fmt.Fprintf(&lock, "%s==1.0 --hash=sha256:%s\n", name, fileDigest(t, wheel))
	}
	if err := os.WriteFile(filepath.Join(r.dir, "requirements.txt"), []byte(lock.String()), 0o666); err != nil {
		t.Fatal(err)
	}
	index := testindex.Start(t, wheels)
	front := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, request *http.Request) {
		if strings.HasSuffix(request.URL.Path, ".whl") {
			w = r.serve(w)
		}
		index.ServeHTTP(w, request)
		if strings.HasSuffix(request.URL.Path, ".whl") {
			r.mu.Lock()
			r.early = r.sent
			r.mu.Unlock()
		}
	}))
	t.Cleanup(front.Close)
	index.FilesAt = front.URL + "/files/"
	r.index = front.URL + "/simple/"
	r.server.After = func(op string) {
		if op != "UploadPart" {
			return
		}
		r.mu.Lock()
		defer r.mu.Unlock()
		if r.sent++; r.sent == 1 {
			close(r.parts)
			if r.kill != nil {
				r.kill()
			}
		}
	}
	r.env = append(cleanEnv(t, filepath.Join(r.dir, "cache")), testenv.AWSEnv(r.server.URL)...)
	return r
}

// served is an answer with a wheel, or a range of one.
type served struct {
	http.ResponseWriter
	rig *sendingRig
}

// serve keeps the last requests for wheels waiting until a part has been sent.
func (r *sendingRig) serve(w http.ResponseWriter) http.ResponseWriter {
	r.mu.Lock()
	late := r.served > 12<<20
	r.mu.Unlock()
	if late {
		select {
		case <-r.parts:
		case <-time.After(20 * time.Second):
		}
	}
	return &served{w, r}
}

// Write counts, and damages a byte.
func (s *served) Write(b []byte) (int, error) {
	s.rig.mu.Lock()
	at := s.rig.damaged - s.rig.served
	s.rig.served += len(b)
	s.rig.mu.Unlock()
	if s.rig.damaged > 0 && at >= 0 && at < len(b) {
		b = bytes.Clone(b)
		b[at]++
	}
	return s.ResponseWriter.Write(b)
}

func (r *sendingRig) command(name string, more ...string) *exec.Cmd {
	command := exec.Command(binary, append([]string{"deploy", "-v", "--runtime", "python3.13", "--index-url", r.index,
		"--name", name, "--to", "s3://" + r.bucket + "/{layer}", "--output", filepath.Join(r.dir, name+".zip")}, more...)...)
	command.Dir, command.Env = r.dir, r.env
	return command
}

func (r *sendingRig) deploy(name string, more ...string) string {
	r.t.Helper()
	out, err := r.command(name, more...).CombinedOutput()
	if err != nil {
		r.t.Fatalf("%v\n%s", err, out)
	}
	return string(out)
}

// check demands that the layer's zip is the only one in its home.
func (r *sendingRig) check(name string) {
	r.t.Helper()
	zip, err := os.ReadFile(filepath.Join(r.dir, name+".zip"))
	if err != nil {
		r.t.Fatal(err)
	}
	zips := 0
	for _, key := range r.server.Keys("bucket") {
		if strings.HasPrefix(key, name+"/layer/zip/") {
			if zips++; !bytes.Equal(r.server.Object("bucket", key), zip) {
				r.t.Errorf("%s is not the zip", key)
			}
		}
	}
	if zips != 1 || r.server.Uploads() != 0 {
		r.t.Errorf("%d objects, %d uploads", zips, r.server.Uploads())
	}
}

// TestSendingWhileDownloading: parts of the first zip arrive before the last bytes of the
// wheels do.
func TestSendingWhileDownloading(t *testing.T) {
	r := newSendingRig(t)
	out := r.deploy("web")
	r.check("web")
	if r.early == 0 || r.server.CopiedBytes() < 17<<20 || r.server.SentBytes() > 19<<20 || !strings.Contains(out, "while the zip was being built") {
		t.Errorf("%d parts came before the last wheel; %d bytes were copied, %d sent\n%s", r.early, r.server.CopiedBytes(), r.server.SentBytes(), out)
	}
	r.server.Reset()
	if r.deploy("web"); len(r.server.Requests()) > 3 {
		t.Errorf("the next run makes the requests %q", r.server.Requests())
	}
}

// TestSendingDamaged: a download is damaged after its bytes have been sent. What is published
// is the zip of the right wheel.
func TestSendingDamaged(t *testing.T) {
	testenv.Heavy(t)
	for _, damaged := range []int{4 << 20, 9 << 20, 15 << 20} {
		r := newSendingRig(t)
		r.damaged = damaged
		out := r.deploy("web")
		r.check("web")
		if !strings.Contains(out, "instead of copied") {
			t.Errorf("byte %d: nothing is replaced\n%s", damaged, out)
		}
	}
}

// TestSendingKilled: after a run that was killed while it sent, the next one succeeds, and a
// later one deletes what was left.
func TestSendingKilled(t *testing.T) {
	testenv.Heavy(t)
	r := newSendingRig(t)
	command := r.command("web")
	r.kill = func() { _ = command.Process.Kill() }
	if out, err := command.CombinedOutput(); err == nil || r.server.Uploads() != 1 {
		t.Fatalf("it was not killed, %d uploads: %v\n%s", r.server.Uploads(), err, out)
	}
	r.deploy("web")
	r.server.AgeUploads(publish.UnfinishedAge)
	r.deploy("web", "--exclude", "pkg2/**", "--force")
	if r.server.Uploads() != 0 {
		t.Errorf("%d uploads are left", r.server.Uploads())
	}
	for _, name := range []string{"cache", "cache/partial"} {
		left, err := filepath.Glob(filepath.Join(r.dir, name, ".lamella-*"))
		if err != nil || len(left) > 0 {
			t.Errorf("left: %q, %v", left, err)
		}
	}
}

// TestSendingToMoto: what this needs of S3 is not only what the fake has.
func TestSendingToMoto(t *testing.T) {
	testenv.Heavy(t)
	r := newSendingRig(t)
	moto := testenv.Moto(t)
	a := account{moto, testenv.Bucket(t, moto)}
	r.env = append(r.env, testenv.AWSEnv(moto)...)
	r.bucket = a.bucket
	close(r.parts)
	if out := r.deploy("sent-early"); !strings.Contains(out, "while the zip was being built") || strings.Contains(out, "instead of copied") || strings.Contains(out, "cannot") {
		t.Errorf("it is not sent early\n%s", out)
	}
	zip, err := os.ReadFile(filepath.Join(r.dir, "sent-early.zip"))
	if err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256(zip)
	if got := a.object(t, "sent-early/"+publish.ZipKey(hex.EncodeToString(sum[:]))); !bytes.Equal(got, zip) {
		t.Errorf("the object is not the zip: %d bytes", len(got))
	}
}

// TestNotSending: nothing is sent before the zip is complete if it may not be published, or
// its content depends on more than the wheels' lists of files.
func TestNotSending(t *testing.T) {
	testenv.Heavy(t)
	r := newSendingRig(t)
	close(r.parts)
	r.sent = 1 // no part is awaited
	for name, args := range map[string][]string{"build": {"build", "--quiet"}, "plan": {"plan", "--name", "web", "--to", "s3://bucket/{layer}"}} {
		r.server.Reset()
		mustLamella(t, r.dir, append(r.env, "LAMELLA_CACHE_DIR="+filepath.Join(r.dir, name)), append(args, "--runtime", "python3.13", "--index-url", r.index)...)
		if r.server.Count("CreateMultipartUpload") != 0 {
			t.Errorf("%s: %q", name, r.server.Requests())
		}
	}
	for _, flag := range []string{"--strip", "--slim=tests"} {
		r.server.Reset()
		if err := os.RemoveAll(filepath.Join(r.dir, "cache")); err != nil {
			t.Fatal(err)
		}
		if out := r.deploy("web"+strings.Trim(flag[:6], "-"), flag); strings.Contains(out, "while the zip was being built") {
			t.Errorf("%s: it is sent early\n%s", flag, out)
		}
	}
}
