// Package versitygw runs the conformance suite of the stores on versitygw, an S3
// server that checks digests, signatures and conditions as S3 does. It is a
// module of its own, because the server brings a hundred others.
package versitygw

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"github.com/versity/versitygw/backend/meta"
	"github.com/versity/versitygw/backend/posix"
	"github.com/versity/versitygw/embedgw"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"github.com/lamella-build/lamella/internal/test/fakeaws"
	"github.com/lamella-build/lamella/internal/test/storetest"
	"github.com/lamella-build/lamella/store"
	"github.com/lamella-build/lamella/store/aws"
)

func TestConformance(t *testing.T) {
	url := serve(t)
	var n atomic.Int32
	storetest.Objects(t, func(t *testing.T) store.Objects {
		(&fakeaws.Server{URL: url}).Use(t)
		bucket := fmt.Sprintf("conformance-%d", n.Add(1))
		makeBucket(t, bucket)
		o, _, err := aws.New(t.Context(), store.Prefix{Bucket: bucket, Path: "team/layers"}, aws.Options{})
		if err != nil {
			t.Fatal(err)
		}
		return o
	},
		// This server gives old bytes with a new checksum, as S3 never does.
		"read beside writers", "compare and write beside readers",
		// It gives the SHA-256 of the whole source for each range copied from it, so no copy is proved.
		"assemble by copying")
}

func makeBucket(t *testing.T, name string) {
	t.Helper()
	cfg, err := config.LoadDefaultConfig(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	client := s3.NewFromConfig(cfg, func(o *s3.Options) { o.UsePathStyle = true })
	if _, err := client.CreateBucket(t.Context(), &s3.CreateBucketInput{Bucket: awssdk.String(name)}); err != nil {
		t.Fatal(err)
	}
}

// serve starts the server, one a process, in a folder with its metadata beside,
// so that it runs on every file system.
func serve(t *testing.T) (url string) {
	t.Helper()
	dir := t.TempDir()
	objects, metadata := filepath.Join(dir, "objects"), filepath.Join(dir, "metadata")
	for _, folder := range []string{objects, metadata} {
		if err := os.Mkdir(folder, 0o777); err != nil {
			t.Fatal(err)
		}
	}
	sidecar, err := meta.NewSideCar(metadata)
	if err != nil {
		t.Fatal(err)
	}
	backend, err := posix.New(objects, sidecar, posix.PosixOpts{NewDirPerm: 0o755, SideCarDir: metadata, Concurrency: 100, CopyObjectThreshold: 5 << 30})
	if err != nil {
		t.Fatal(err)
	}
	address := freeAddress(t)
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() {
		ended <- embedgw.RunVersityGW(ctx, backend, &embedgw.Config{
			RootUserAccess: "test", RootUserSecret: "test", Region: "eu-central-1", Ports: []string{address},
			MaxConnections: 1000, MaxRequests: 1000, MultipartMaxParts: 10_000, Quiet: true, KeepAlive: true,
		})
	}()
	t.Cleanup(func() {
		stop()
		<-ended
	})
	for begin := time.Now(); ; time.Sleep(20 * time.Millisecond) {
		select {
		case err := <-ended:
			ended <- err
			t.Fatalf("the server ended: %v", err)
		default:
		}
		if response, err := http.Get("http://" + address); err == nil {
			_ = response.Body.Close()
			return "http://" + address
		}
		if time.Since(begin) > 30*time.Second {
			t.Fatal("the server does not answer")
		}
	}
}

func freeAddress(t *testing.T) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	return listener.Addr().String()
}
