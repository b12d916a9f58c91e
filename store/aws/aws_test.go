package aws

import (
	"fmt"
	"net/http"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"github.com/lamella-build/lamella/internal/fakeaws"
	"github.com/lamella-build/lamella/internal/testenv"
	"github.com/lamella-build/lamella/store"
	"github.com/lamella-build/lamella/store/storetest"
)

const bucket = "bucket"

// start returns a fake account and the back end on it.
func start(t *testing.T) (*fakeaws.Server, *Objects, *Layers) {
	server := fakeaws.New(t, bucket)
	server.Use(t)
	o, l := connect(t, store.Home{Bucket: bucket, Prefix: "team/layers"})
	return server, o, l
}

func connect(t *testing.T, home store.Home) (*Objects, *Layers) {
	t.Helper()
	o, l, err := New(t.Context(), home, Options{})
	if err != nil {
		t.Fatal(err)
	}
	// The SDK's pauses between attempts, shortened.
	hasty := s3.New(o.client().Options(), func(options *s3.Options) {
		options.Retryer = retry.NewStandard(func(s *retry.StandardOptions) { s.MaxBackoff = 10 * time.Millisecond })
	})
	o.client = func() *s3.Client { return hasty }
	return o, l
}

func TestConformance(t *testing.T) {
	t.Run("Objects", func(t *testing.T) {
		storetest.Objects(t, func(t *testing.T) store.Objects { _, o, _ := start(t); return o })
	})
	t.Run("Layers", func(t *testing.T) {
		storetest.Layers(t, func(t *testing.T) (store.Objects, store.Layers) { _, o, l := start(t); return o, l })
	})
}

// TestConformanceMoto runs the suite on a moto server.
func TestConformanceMoto(t *testing.T) {
	url := testenv.Moto(t)
	var n atomic.Int32
	open := func(t *testing.T) (store.Objects, store.Layers) {
		(&fakeaws.Server{URL: url}).Use(t)
		t.Setenv("AWS_REGION", "us-east-1")
		reset, err := http.Post(url+"/moto-api/reset", "", nil)
		if err != nil {
			t.Fatal(err)
		}
		_ = reset.Body.Close()
		o, l := connect(t, store.Home{Bucket: fmt.Sprintf("conformance-%d", n.Add(1)), Prefix: "team/layers"})
		if _, err := o.client().CreateBucket(t.Context(), &s3.CreateBucketInput{Bucket: &o.home.Bucket}); err != nil {
			t.Fatal(err)
		}
		return o, l
	}
	t.Run("Objects", func(t *testing.T) {
		// moto does not compare a body with the digest announced.
		storetest.Objects(t, func(t *testing.T) store.Objects { o, _ := open(t); return o }, "wrong digest")
	})
	t.Run("Layers", func(t *testing.T) {
		// moto makes a version of an object that is not there.
		storetest.Layers(t, open, "content absent")
	})
}
