//go:build unix

package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/lamella-build/lamella/internal/test/fakeaws"
	"github.com/lamella-build/lamella/internal/test/testenv"
	"github.com/lamella-build/lamella/layer"
	"github.com/lamella-build/lamella/layer/layerzip"
	"github.com/lamella-build/lamella/publish"
	"github.com/lamella-build/lamella/store"
	"github.com/lamella-build/lamella/store/aws"
)

const (
	linkRate     = 20e6      // bits per second
	changedBytes = 1_000_000 // maximum number of bytes of a wheel that changes
)

// delta times uploads of the project data after some of its wheels have changed, over a slow
// link to a server in this process: to a home with the previous zip, and to an empty one.
func (b *bench) delta() error {
	ctx := context.Background()
	server, stop := fakeaws.Start("delta")
	defer stop()
	slow, err := openLink(strings.TrimPrefix(server.URL, "http://"), linkRate)
	if err != nil {
		return err
	}
	defer slow.close()
	before, err := b.zipOf(projects[1])
	if err != nil {
		return err
	}
	direct, err := homes(ctx, server.URL)
	if err != nil {
		return err
	}
	throttled, err := homes(ctx, "http://"+slow.address)
	if err != nil {
		return err
	}
	fmt.Printf("Uploads of *data* at %.0f Mbit/s: MB over the link, seconds.\n\n| changed | whole zip | only what changed | faster |\n| --- | --- | --- | --- |\n", linkRate/1e6)
	for i, at := range [][]float64{{0.5}, {0.3, 0.9}, {0}, {1}} {
		after, err := b.changed(before, at)
		if err != nil {
			return err
		}
		known := fmt.Sprintf("known%d/data", i)
		if _, err := upload(ctx, direct(known), before); err != nil {
			return err
		}
		var cells [2]string
		var seconds [2]float64
		for j, home := range []string{fmt.Sprintf("empty%d/data", i), known} {
			slow.up.take()
			begin := time.Now()
			up, err := upload(ctx, throttled(home), after)
			seconds[j] = time.Since(begin).Seconds()
			if err := errors.Join(err, compare(ctx, direct(home), up)); err != nil {
				return err
			}
			cells[j] = fmt.Sprintf("%.1f MB, %.1f s", float64(slow.up.take())/1e6, seconds[j])
		}
		fmt.Printf("| %s | %s | %s | %.1f × |\n", describe(at), cells[0], cells[1], seconds[0]/seconds[1])
	}
	return nil
}

func describe(at []float64) string {
	var places []string
	for _, a := range at {
		places = append(places, fmt.Sprintf("%.0f %%", a*100))
	}
	return "1 MB at " + strings.Join(places, " and 1 MB at ")
}

// homes returns a function that returns the destination with a prefix in the bucket.
func homes(ctx context.Context, url string) (func(prefix string) publish.Destination, error) {
	for _, variable := range testenv.AWSEnv(url) {
		name, value, _ := strings.Cut(variable, "=")
		if err := os.Setenv(name, value); err != nil {
			return nil, err
		}
	}
	// The client reads the environment now, so open each prefix now as well.
	opened := map[string]publish.Destination{}
	for i := range 4 {
		for _, kind := range []string{"known", "empty"} {
			prefix := fmt.Sprintf("%s%d/data", kind, i)
			o, l, err := aws.New(ctx, store.Prefix{Bucket: "delta", Path: prefix}, aws.Options{})
			if err != nil {
				return nil, err
			}
			opened[prefix] = publish.Destination{Objects: o, Layers: l, Tool: "lamella bench"}
		}
	}
	return func(prefix string) publish.Destination { return opened[prefix] }, nil
}

// zipOf builds a project's layer.
func (b *bench) zipOf(p project) (publish.Artifact, error) {
	dir := filepath.Join(b.work, p.name)
	if err := b.lockIn(dir, p); err != nil {
		return publish.Artifact{}, err
	}
	path := filepath.Join(dir, "before.zip")
	if _, err := b.lamella(dir, "build", p, "--output", path)(); err != nil {
		return publish.Artifact{}, err
	}
	return b.changed(publish.Artifact{Path: path}, nil)
}

// changed writes a copy of a zip in which the files at the given places have different
// bytes, up to changedBytes at each place.
func (b *bench) changed(of publish.Artifact, at []float64) (a publish.Artifact, err error) {
	source, err := os.Open(of.Path)
	if err != nil {
		return a, err
	}
	defer source.Close()
	info, err := source.Stat()
	if err != nil {
		return a, err
	}
	placed, err := layerzip.ReadDirectory(source, info.Size())
	if err != nil {
		return a, err
	}
	var entries []layer.Entry
	random := rand.NewChaCha8([32]byte{})
	wheel := wheels{size: info.Size(), at: at}
	for _, p := range placed {
		e := layer.Entry{Name: p.Name, Method: p.Method, CRC32: p.CRC32, Compressed: int64(p.Compressed), Size: int64(p.Size),
			Source: source, Offset: p.Offset + p.Length() - int64(p.Compressed)}
		if wheel.has(p) {
			content := make([]byte, e.Compressed)
			_, _ = random.Read(content) // never fails
			e.Method, e.CRC32, e.Size, e.Source, e.Offset = layer.Store, crc32.ChecksumIEEE(content), e.Compressed, bytes.NewReader(content), 0
		}
		entries = append(entries, e)
	}
	path := filepath.Join(b.work, fmt.Sprintf("zip%v.zip", at))
	summary, err := layerzip.WriteFile(context.Background(), path, entries, nil)
	return publish.Artifact{Path: path, SHA256: strings.TrimPrefix(string(summary.SHA256), "sha256:"), Size: summary.Size,
		Unzipped: summary.Unzipped, Entries: summary.Entries}, err
}

// wheels are runs of entries that begin at certain fractions of a zip.
type wheels struct {
	size int64
	at   []float64 // start of each wheel that has not begun, ascending
	left int64     // bytes left in the wheel that has begun
}

// has reports whether an entry belongs to one of the wheels. Each wheel is about
// changedBytes of consecutive files, none of which is larger than a tenth of that.
func (w *wheels) has(p layerzip.Placed) bool {
	small := p.Compressed <= changedBytes/10
	if w.left <= 0 && len(w.at) > 0 && small && p.Offset >= int64(w.at[0]*float64(w.size))-changedBytes {
		w.at, w.left = w.at[1:], changedBytes
	}
	if w.left -= p.Length(); !small || w.left < 0 {
		w.left = 0
	}
	return w.left > 0
}

func upload(ctx context.Context, d publish.Destination, a publish.Artifact) (publish.Uploaded, error) {
	return publish.Upload(ctx, d, a, publish.Manifest{Name: "requirements.txt"})
}

// compare reads the uploaded object and compares it with the zip.
func compare(ctx context.Context, d publish.Destination, up publish.Uploaded) error {
	body, _, err := d.Objects.Open(ctx, up.Key)
	if err != nil {
		return err
	}
	defer body.Close()
	zip, err := os.ReadFile(up.Path)
	if err != nil {
		return err
	}
	if got, err := io.ReadAll(body); err != nil || !bytes.Equal(got, zip) {
		return errors.Join(err, fmt.Errorf("the object %s is not the zip", up.URI))
	}
	return nil
}
