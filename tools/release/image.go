package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"encoding/pem"
	"fmt"

	"golang.org/x/crypto/x509roots/fallback/bundle"
)

// Media types of the OCI image specification 1.1.
const (
	mediaIndex    = "application/vnd.oci.image.index.v1+json"
	mediaManifest = "application/vnd.oci.image.manifest.v1+json"
	mediaConfig   = "application/vnd.oci.image.config.v1+json"
	mediaLayer    = "application/vnd.oci.image.layer.v1.tar+gzip"
)

type descriptor struct {
	MediaType   string            `json:"mediaType"`
	Digest      string            `json:"digest"`
	Size        int               `json:"size"`
	Platform    map[string]string `json:"platform,omitempty"`
	Annotations map[string]string `json:"annotations,omitempty"`
}

type index struct {
	SchemaVersion int          `json:"schemaVersion"`
	MediaType     string       `json:"mediaType"`
	Manifests     []descriptor `json:"manifests"`
}

type imageManifest struct {
	SchemaVersion int               `json:"schemaVersion"`
	MediaType     string            `json:"mediaType"`
	Config        descriptor        `json:"config"`
	Layers        []descriptor      `json:"layers"`
	Annotations   map[string]string `json:"annotations"`
}

type imageConfig struct {
	Created      string `json:"created"`
	Architecture string `json:"architecture"`
	OS           string `json:"os"`
	Config       struct {
		Env        []string
		Entrypoint []string
		WorkingDir string
		Labels     map[string]string
	} `json:"config"`
	RootFS struct {
		Type    string   `json:"type"`
		DiffIDs []string `json:"diff_ids"`
	} `json:"rootfs"`
	History []map[string]string `json:"history"`
}

// layout collects the files of an OCI image layout.
type layout struct{ files []file }

// blob adds content and returns its descriptor.
func (l *layout) blob(mediaType string, content []byte) descriptor {
	sum := fmt.Sprintf("%x", sha256.Sum256(content))
	l.files = append(l.files, file{"blobs/sha256/" + sum, 0o644, content})
	return descriptor{MediaType: mediaType, Digest: "sha256:" + sum, Size: len(content)}
}

func (l *layout) document(mediaType string, v any) (descriptor, error) {
	content, err := json.Marshal(v)
	return l.blob(mediaType, content), err
}

// image writes a container image for Linux, one manifest an architecture, as a
// tar of an OCI image layout: `podman load`, `docker load` and
// `skopeo copy oci-archive:` read it.
func (r *release) image(binaries map[platform][]byte) error {
	l := &layout{files: []file{{"oci-layout", 0o644, []byte(`{"imageLayoutVersion":"1.0.0"}`)}}}
	list := index{SchemaVersion: 2, MediaType: mediaIndex}
	for _, p := range platforms {
		if p.os != "linux" {
			continue
		}
		d, err := r.imageFor(l, p.arch, binaries[p])
		if err != nil {
			return err
		}
		list.Manifests = append(list.Manifests, d)
	}
	d, err := l.document(mediaIndex, list)
	if err != nil {
		return err
	}
	d.Annotations = map[string]string{"org.opencontainers.image.ref.name": "ghcr.io/lamella-build/lamella:" + r.Version}
	top, err := json.Marshal(index{SchemaVersion: 2, MediaType: mediaIndex, Manifests: []descriptor{d}})
	if err != nil {
		return err
	}
	l.files = append(l.files, file{"index.json", 0o644, top})
	packed, err := tarOf(l.files)
	if err != nil {
		return err
	}
	return r.write("lamella_"+r.Version+"_oci.tar", packed)
}

func (r *release) imageFor(l *layout, arch string, binary []byte) (descriptor, error) {
	plain, err := tarOf([]file{
		{"etc/", 0o755, nil}, {"etc/ssl/", 0o755, nil}, {"etc/ssl/certs/", 0o755, nil},
		{"etc/ssl/certs/ca-certificates.crt", 0o644, certificates()},
		{"project/", 0o777, nil}, {"tmp/", 0o1777, nil},
		{"lamella", 0o755, binary},
	})
	if err != nil {
		return descriptor{}, err
	}
	packed, err := gzipped(plain)
	if err != nil {
		return descriptor{}, err
	}
	labels := map[string]string{
		"org.opencontainers.image.title": "lamella", "org.opencontainers.image.description": summary,
		"org.opencontainers.image.version": r.Version, "org.opencontainers.image.licenses": licence,
		"org.opencontainers.image.source": homepage, "org.opencontainers.image.url": homepage,
	}
	created := epoch.Format("2006-01-02T15:04:05Z")
	config := imageConfig{Created: created, Architecture: arch, OS: "linux"}
	config.Config.Env = []string{"PATH=/", "HOME=/tmp"} // /tmp holds the cache, whoever the user is
	config.Config.Entrypoint = []string{"/lamella"}
	config.Config.WorkingDir = "/project"
	config.Config.Labels = labels
	config.RootFS.Type = "layers"
	config.RootFS.DiffIDs = []string{fmt.Sprintf("sha256:%x", sha256.Sum256(plain))}
	config.History = []map[string]string{{"created": created, "created_by": "lamella tools/release"}}

	m := imageManifest{SchemaVersion: 2, MediaType: mediaManifest, Annotations: labels}
	if m.Config, err = l.document(mediaConfig, config); err != nil {
		return descriptor{}, err
	}
	m.Layers = []descriptor{l.blob(mediaLayer, packed)}
	d, err := l.document(mediaManifest, m)
	d.Platform = map[string]string{"os": "linux", "architecture": arch}
	return d, err
}

// certificates returns the roots that Mozilla trusts, as PEM, from the module
// that go.mod pins: the same on every machine. PEM cannot say what a root is
// trusted for, so those that Mozilla trusts in part are left out.
func certificates() []byte {
	var b bytes.Buffer
	for root := range bundle.Roots() {
		if root.Constraint != nil {
			continue
		}
		b.Write(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: root.Certificate}))
	}
	return b.Bytes()
}
