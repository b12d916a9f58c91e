package aws

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	s3types "github.com/aws/aws-sdk-go-v2/service/s3/types"

	"github.com/lamella-build/lamella/internal/test/fakeaws"
	"github.com/lamella-build/lamella/internal/test/storetest"
	"github.com/lamella-build/lamella/internal/test/testenv"
	"github.com/lamella-build/lamella/store"
)

const bucket = "bucket"

// start returns a fake account and the back end on it.
func start(t *testing.T) (*fakeaws.Server, *Objects, *Layers) {
	server := fakeaws.New(t, bucket)
	server.Use(t)
	o, l := connect(t, store.Prefix{Bucket: bucket, Path: "team/layers"})
	return server, o, l
}

func connect(t *testing.T, prefix store.Prefix) (*Objects, *Layers) {
	t.Helper()
	o, l, err := New(t.Context(), prefix, Options{Sleep: noSleep})
	if err != nil {
		t.Fatal(err)
	}
	// The SDK's pauses between attempts, shortened.
	hasty := s3.New(o.client().Options(), func(options *s3.Options) {
		options.Retryer = patient(retry.NewStandard(func(s *retry.StandardOptions) { s.MaxBackoff = 10 * time.Millisecond }))
	})
	o.client = func() *s3.Client { return hasty }
	return o, l
}

// noSleep is the patience of tests: none of it is waited for.
func noSleep(ctx context.Context, _ time.Duration) error { return ctx.Err() }

func TestConformance(t *testing.T) {
	t.Run("Objects", func(t *testing.T) {
		storetest.Objects(t, func(t *testing.T) store.Objects { _, o, _ := start(t); return o })
	})
	t.Run("Layers", func(t *testing.T) {
		storetest.Layers(t, func(t *testing.T) (store.Objects, store.Layers) { _, o, l := start(t); return o, l })
	})
	t.Run("Users", func(t *testing.T) {
		var server *fakeaws.Server
		open := func(t *testing.T) (o store.Objects, l store.Layers) { server, o, l = start(t); return o, l }
		storetest.Users(t, open, func(t *testing.T, name string, f storetest.Function) {
			server.PageSize = 2
			server.SetFunction(name, fakeaws.Function(f))
		})
	})
}

// addFunction makes a function on a moto server.
func addFunction(t *testing.T, url, name string, f storetest.Function) {
	t.Helper()
	(&fakeaws.Server{URL: url}).Use(t)
	t.Setenv("AWS_REGION", "us-east-1")
	cfg, err := config.LoadDefaultConfig(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	client := lambda.NewFromConfig(cfg)
	check := func(err error) {
		if err != nil {
			t.Fatal(err)
		}
	}
	testenv.MakeRole(t, url, "app")
	first := true
	for _, version := range publishOrder(f) {
		layers := f.Layers[version]
		if first {
			_, err = client.CreateFunction(t.Context(), &lambda.CreateFunctionInput{
				FunctionName: &name, Runtime: "python3.13", Handler: str("app.handler"), Role: str("arn:aws:iam::123456789012:role/app"),
				Code: &types.FunctionCode{ZipFile: []byte("PK")}, Layers: layers})
		} else {
			_, err = client.UpdateFunctionConfiguration(t.Context(), &lambda.UpdateFunctionConfigurationInput{FunctionName: &name, Layers: layers})
		}
		check(err)
		if first = false; version != "$LATEST" {
			_, err = client.PublishVersion(t.Context(), &lambda.PublishVersionInput{FunctionName: &name})
			check(err)
		}
	}
	for alias, version := range f.Aliases {
		_, err = client.CreateAlias(t.Context(), &lambda.CreateAliasInput{FunctionName: &name, Name: &alias, FunctionVersion: &version})
		check(err)
	}
}

// publishOrder is the versions of a function as they come to be, $LATEST last.
func publishOrder(f storetest.Function) []string {
	versions := slices.Sorted(maps.Keys(f.Layers)) // "$" sorts before digits
	return append(versions[1:], versions[0])
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
		o, l := connect(t, store.Prefix{Bucket: fmt.Sprintf("conformance-%d", n.Add(1)), Path: "team/layers"})
		if _, err := o.client().CreateBucket(t.Context(), &s3.CreateBucketInput{Bucket: &o.prefix.Bucket}); err != nil {
			t.Fatal(err)
		}
		return o, l
	}
	// moto does not compare a body with the digest announced. It sets the metadata
	// of an object, and looks at conditions, in steps that other requests see.
	motoLacks := []string{"wrong digest", "read beside writers", "compare and write beside readers"}
	t.Run("Objects", func(t *testing.T) {
		storetest.Objects(t, func(t *testing.T) store.Objects { o, _ := open(t); return o }, motoLacks...)
	})
	t.Run("Objects in a versioned bucket", func(t *testing.T) {
		storetest.Objects(t, func(t *testing.T) store.Objects {
			o, _ := open(t)
			enabled := &s3types.VersioningConfiguration{Status: s3types.BucketVersioningStatusEnabled}
			if _, err := o.(*Objects).client().PutBucketVersioning(t.Context(), &s3.PutBucketVersioningInput{Bucket: &o.(*Objects).prefix.Bucket, VersioningConfiguration: enabled}); err != nil {
				t.Fatal(err)
			}
			return o
		}, motoLacks...)
	})
	t.Run("Layers", func(t *testing.T) {
		// moto makes a version of an object that is not there, serves no content,
		// and takes a statement twice. It spells the condition about an
		// organization in its own way.
		storetest.Layers(t, open, "content absent", "content", "share twice", "share with an organization")
	})
	t.Run("Users", func(t *testing.T) {
		storetest.Users(t, open, func(t *testing.T, name string, f storetest.Function) { addFunction(t, url, name, f) })
	})
}
