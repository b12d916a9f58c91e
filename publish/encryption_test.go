package publish

import (
	"context"
	"testing"
	"time"

	"github.com/lamella-build/lamella/fault"
	"github.com/lamella-build/lamella/internal/test/catalogue"
	"github.com/lamella-build/lamella/store"
	"github.com/lamella-build/lamella/store/aws"
)

// TestBucketPolicies: every write meets a policy that demands a header, and what is
// unchanged is known as such although no ETag is an MD5.
func TestBucketPolicies(t *testing.T) {
	for name, test := range map[string]struct {
		sse, acl string
		options  aws.Options
	}{
		"AES256":           {"AES256", "", aws.Options{Storage: aws.Storage{SSE: "AES256"}}},
		"aws:kms":          {"aws:kms", "", aws.Options{Storage: aws.Storage{SSE: "aws:kms"}}},
		"by a key":         {"aws:kms", "", aws.Options{Storage: aws.Storage{KMSKey: "alias/layers"}}},
		"the bucket owner": {"", "bucket-owner-full-control", aws.Options{Storage: aws.Storage{ACL: "bucket-owner-full-control"}}},
		"both":             {"aws:kms", "bucket-owner-full-control", aws.Options{Storage: aws.Storage{SSE: "aws:kms", KMSKey: "alias/layers", ACL: "bucket-owner-full-control"}}},
	} {
		t.Run(name, func(t *testing.T) {
			a, p := newAccount(t), newProject(t)
			a.SSE, a.ACL = test.sse, test.acl
			if _, err := p.deploy(a.Destination); catalogue.KindOf(err) != fault.Destination || len(fault.Hints(err)) == 0 {
				t.Errorf("without: %v", err)
			}
			test.options.Sleep = func(context.Context, time.Duration) error { return nil }
			o, l, err := aws.New(t.Context(), store.Prefix{Bucket: "bucket", Path: "home"}, test.options)
			if err != nil {
				t.Fatal(err)
			}
			a.Destination.Objects, a.Destination.Layers = o, l
			p.mustDeploy(a.Destination, First, 1)
			p.mustDeploy(a.Destination, Unchanged, 1)
			p.update()
			p.mustDeploy(a.Destination, Changed, 2)
			if err := o.CopyFrom(t.Context(), o.Location(recordKey(1)), "copy"); err != nil {
				t.Errorf("copy: %v", err)
			}
		})
	}
}

func TestUnknownEncryption(t *testing.T) {
	for _, storage := range []aws.Storage{{SSE: "aes256"}, {SSE: "AES256", KMSKey: "k"}, {ACL: "public-read"}} {
		if _, _, err := aws.New(t.Context(), store.Prefix{Bucket: "bucket"}, aws.Options{Storage: storage}); catalogue.KindOf(err) != fault.Usage || len(fault.Hints(err)) == 0 {
			t.Errorf("%+v: %v", storage, err)
		}
	}
}
