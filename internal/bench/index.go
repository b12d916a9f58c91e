//go:build unix

package main

import (
	"archive/zip"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/lamella-build/lamella/pypa/pep503"
)

// wheelIndex is a package index for a folder of wheels, similar to PyPI: JSON pages with
// hashes, sizes, and the metadata of each wheel (PEP 658, 691). The pages are made before
// the clock starts, and the kernel sends the files, so that the client is what is timed.
type wheelIndex struct {
	address  string
	folder   string
	pages    map[string][]byte // keyed by project
	metadata map[string][]byte // keyed by file name
	server   *http.Server

	mu   sync.Mutex
	sent map[string]bool // wheels sent since the last call to take
}

// openIndex serves the wheels of a folder on the loopback interface.
func openIndex(folder string) (*wheelIndex, error) {
	x := &wheelIndex{folder: folder, sent: map[string]bool{}, pages: map[string][]byte{}, metadata: map[string][]byte{}}
	paths, err := filepath.Glob(filepath.Join(folder, "*.whl"))
	if err != nil {
		return nil, err
	}
	files := map[string][]map[string]any{}
	for _, p := range paths {
		stem, _, _ := strings.Cut(filepath.Base(p), "-")
		file, err := x.describe(p)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", p, err)
		}
		project := pep503.Normalize(stem)
		files[project] = append(files[project], file)
	}
	for project, list := range files {
		x.pages[project], err = json.Marshal(map[string]any{"meta": map[string]string{"api-version": "1.1"}, "name": project, "files": list})
		if err != nil {
			return nil, err
		}
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	x.address = listener.Addr().String()
	x.server = &http.Server{Handler: x, ReadHeaderTimeout: time.Minute}
	go func() { _ = x.server.Serve(listener) }()
	return x, nil
}

func (x *wheelIndex) close() { _ = x.server.Close() }

// take returns the wheels that were sent since the last call.
func (x *wheelIndex) take() []string {
	x.mu.Lock()
	defer x.mu.Unlock()
	names := slices.Sorted(maps.Keys(x.sent))
	clear(x.sent)
	return names
}

// download downloads wheels, several at a time, and discards them. It returns how long the
// path to the index takes on a machine that also does other work.
func download(address string, names []string) (time.Duration, error) {
	begin := time.Now()
	var group errgroup.Group
	group.SetLimit(8)
	for _, name := range names {
		group.Go(func() error {
			resp, err := http.Get("http://" + address + "/files/" + name)
			if err != nil {
				return err
			}
			defer resp.Body.Close()
			_, err = io.Copy(io.Discard, resp.Body)
			return err
		})
	}
	err := group.Wait()
	return time.Since(begin), err
}

// describe returns a wheel's entry on its project's page, and stores its metadata.
func (x *wheelIndex) describe(p string) (map[string]any, error) {
	f, err := os.Open(p)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	sum := sha256.New()
	size, err := io.Copy(sum, f)
	if err != nil {
		return nil, err
	}
	archive, err := zip.NewReader(f, size)
	if err != nil {
		return nil, err
	}
	name := filepath.Base(p)
	found, err := archive.Open(distInfo(archive) + "/METADATA")
	if err != nil {
		return nil, err
	}
	defer found.Close()
	if x.metadata[name], err = io.ReadAll(found); err != nil {
		return nil, err
	}
	metadata := sha256.Sum256(x.metadata[name])
	return map[string]any{"filename": name, "url": "../../files/" + name, "size": size, "upload-time": "2026-01-01T00:00:00Z",
		"hashes":        map[string]string{"sha256": hex.EncodeToString(sum.Sum(nil))},
		"core-metadata": map[string]string{"sha256": hex.EncodeToString(metadata[:])}}, nil
}

func distInfo(archive *zip.Reader) string {
	for _, f := range archive.File {
		if top, _, _ := strings.Cut(f.Name, "/"); strings.HasSuffix(top, ".dist-info") {
			return top
		}
	}
	return ""
}

func (x *wheelIndex) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	name := path.Base(r.URL.Path)
	wheel, isMetadata := strings.CutSuffix(name, ".metadata")
	switch {
	case strings.HasPrefix(r.URL.Path, "/simple/") && x.pages[name] != nil:
		w.Header().Set("Content-Type", "application/vnd.pypi.simple.v1+json")
		_, _ = w.Write(x.pages[name])
	case isMetadata && x.metadata[wheel] != nil:
		_, _ = w.Write(x.metadata[wheel])
	case x.metadata[name] != nil:
		x.mu.Lock()
		x.sent[name] = true
		x.mu.Unlock()
		http.ServeFile(w, r, filepath.Join(x.folder, name))
	default:
		http.NotFound(w, r)
	}
}
