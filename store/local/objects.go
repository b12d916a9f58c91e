package local

import (
	"context"
	"crypto/md5"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"strings"

	"github.com/lamella-build/lamella/fault"
	"github.com/lamella-build/lamella/internal/bound"
	"github.com/lamella-build/lamella/store"
)

// Objects implements store.Objects in a folder.
type Objects struct {
	root   *root
	prefix store.Prefix
}

// meta is what S3 would store with an object.
type meta struct {
	ContentType string            `json:"content_type,omitempty"`
	Metadata    map[string]string `json:"metadata,omitempty"`
	Size        int64             `json:"size"`   // bytes; 0 if written by an older version
	MD5         string            `json:"md5"`    // hexadecimal
	SHA256      string            `json:"sha256"` // hexadecimal
}

// small is the maximum size in bytes of an object whose content is compared with its
// metadata.
const small = 1 << 20

// of returns m if it is the metadata of the file f, which has this size in bytes. Otherwise,
// it returns what it knows about f instead: the MD5 or, if f is larger than small and only the
// sizes are compared, nothing. A process that was killed between writing the two files
// leaves the metadata of another object, and a file that was added by hand has none.
func (m meta) of(f io.ReaderAt, size int64) (meta, error) {
	if size > small {
		if m.Size != 0 && m.Size != size {
			return meta{}, nil
		}
		return m, nil
	}
	sum := md5.New()
	if _, err := io.Copy(sum, io.NewSectionReader(f, 0, size)); err != nil {
		return meta{}, err
	}
	if is := hex.EncodeToString(sum.Sum(nil)); is != m.MD5 {
		return meta{MD5: is}, nil
	}
	return m, nil
}

// Head implements store.Objects.
func (o *Objects) Head(ctx context.Context, key string) (store.Object, error) {
	body, object, err := o.Open(ctx, key)
	if err != nil {
		return store.Object{}, err
	}
	return object, body.Close()
}

// Get implements store.Objects.
func (o *Objects) Get(ctx context.Context, key string) ([]byte, store.Object, error) {
	body, object, err := o.Open(ctx, key)
	if err != nil {
		return nil, store.Object{}, err
	}
	defer body.Close()
	data, err := bound.ReadAll(body, bound.Document, "objects other than zips")
	if err != nil {
		return nil, store.Object{}, o.root.explain("read", o.Location(key).URI, err)
	}
	return data, object, nil
}

// Open implements store.Objects. A file that was added by hand is an object without
// metadata.
func (o *Objects) Open(ctx context.Context, key string) (body io.ReadCloser, object store.Object, err error) {
	err = o.root.look(ctx, func() (err error) {
		body, object, err = o.open(ctx, key)
		return err
	})
	return body, object, err
}

// open is like Open, for use within look or change. Files are replaced and never written to,
// so an open file does not change.
func (o *Objects) open(ctx context.Context, key string) (io.ReadCloser, store.Object, error) {
	path, metaPath, err := o.paths(key)
	if err != nil {
		return nil, store.Object{}, err
	}
	f, info, err := openFile(ctx, path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, store.Object{}, fmt.Errorf("%s %w", path, store.ErrNotExist)
	}
	if err != nil {
		return nil, store.Object{}, o.root.explain("read", path, err)
	}
	var m meta
	err = readJSON(metaPath, &m, "md5", "sha256")
	if err == nil || errors.Is(err, fs.ErrNotExist) {
		m, err = m.of(f, info.Size())
	}
	if err != nil {
		_ = f.Close()
		return nil, store.Object{}, o.root.explain("read", metaPath, err)
	}
	sum, _ := hex.DecodeString(m.SHA256) // "" if unknown
	return f, store.Object{
		Size: info.Size(), Modified: info.ModTime().UTC(),
		ETag: m.MD5, SHA256: sum, ContentType: m.ContentType, Metadata: m.Metadata,
	}, nil
}

// openFile opens a regular file. As in S3, a folder is not an object, so it does not exist.
func openFile(ctx context.Context, path string) (*os.File, fs.FileInfo, error) {
	if err := ctx.Err(); err != nil {
		return nil, nil, err
	}
	if info, err := os.Stat(path); err == nil && info.IsDir() {
		return nil, nil, fs.ErrNotExist
	}
	return bound.Open(path)
}

// Put implements store.Objects. Like S3, it verifies the digest.
func (o *Objects) Put(ctx context.Context, key string, body store.Body) (etag string, err error) {
	path, metaPath, err := o.paths(key)
	if err != nil {
		return "", err
	}
	f, err := o.root.create()
	if err != nil {
		return "", o.root.explain("write", path, err)
	}
	defer f.Discard()
	m, err := receive(ctx, f, body)
	if err != nil {
		return "", o.root.explain("write", path, err)
	}
	return m.MD5, o.root.change(func() error {
		if err := o.admit(ctx, key, body); err != nil {
			return err
		}
		// Write the object last, so that every object has its metadata.
		if err := o.root.writeJSON(metaPath, m); err != nil {
			return o.root.explain("write", metaPath, err)
		}
		if err := commit(f, path); err != nil {
			return o.root.explain("write", path, err)
		}
		return nil
	})
}

// admit checks the conditions of a write.
func (o *Objects) admit(ctx context.Context, key string, body store.Body) error {
	if !body.IfAbsent && body.IfMatch == "" {
		return nil
	}
	there, object, err := o.open(ctx, key)
	if err == nil {
		err = there.Close()
	}
	absent := errors.Is(err, store.ErrNotExist)
	switch {
	case err != nil && !absent:
		return err
	case body.IfAbsent && !absent:
		return fmt.Errorf("%s %w", o.Location(key).URI, store.ErrExist)
	case body.IfMatch != "" && (absent || object.ETag != body.IfMatch):
		return fmt.Errorf("%s %w", o.Location(key).URI, store.ErrChanged)
	}
	return nil
}

// receive copies body into f and returns its metadata.
func receive(ctx context.Context, f io.Writer, body store.Body) (meta, error) {
	md5sum, sha256sum := md5.New(), sha256.New()
	from := &reader{ctx: ctx, section: io.NewSectionReader(body.Reader, 0, body.Size), report: body.Progress}
	n, err := io.Copy(io.MultiWriter(f, md5sum, sha256sum), from)
	if err != nil {
		return meta{}, err
	}
	m := meta{
		ContentType: body.ContentType, Metadata: map[string]string{}, Size: n,
		MD5: hex.EncodeToString(md5sum.Sum(nil)), SHA256: hex.EncodeToString(sha256sum.Sum(nil)),
	}
	for name, value := range maps.All(body.Metadata) {
		m.Metadata[strings.ToLower(name)] = value
	}
	switch {
	case n != body.Size:
		return meta{}, fmt.Errorf("the object has %d bytes, but %d were expected", n, body.Size)
	case m.SHA256 != hex.EncodeToString(body.SHA256):
		return meta{}, fmt.Errorf("the object's SHA-256 is %s, but %x was expected", m.SHA256, body.SHA256)
	}
	return m, nil
}

// reader stops when its context ends, and counts the bytes read.
type reader struct {
	ctx     context.Context
	section *io.SectionReader
	done    int64
	report  func(done int64)
}

func (r *reader) Read(b []byte) (int, error) {
	if err := r.ctx.Err(); err != nil {
		return 0, err
	}
	n, err := r.section.Read(b)
	r.done += int64(n)
	if r.report != nil && n > 0 {
		r.report(r.done)
	}
	return n, err
}

// Location implements store.Objects. The URI is the path of the file.
func (o *Objects) Location(key string) store.Location {
	path, _, _ := o.paths(key)
	return store.Location{Bucket: o.prefix.Bucket, Key: o.prefix.Key(key), URI: path}
}

// paths returns the paths of an object and its metadata. It rejects keys that lead out of
// the folder.
func (o *Objects) paths(key string) (object, meta string, err error) {
	return o.root.objectPaths(o.prefix.Bucket, o.prefix.Key(key))
}

func (r *root) objectPaths(bucket, key string) (object, meta string, err error) {
	if bucket != "" {
		key = bucket + "/" + key
	}
	name, err := filepath.Localize(key)
	if err != nil {
		return "", "", &fault.Error{Kind: fault.Destination, Message: fmt.Sprintf("the key %q cannot be a file name", key), Subject: key}
	}
	return filepath.Join(r.dir, "objects", name), filepath.Join(r.dir, "meta", name+".json"), nil
}
