package aws

import (
	"bytes"
	"errors"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/lamella-build/lamella/fault"
	"github.com/lamella-build/lamella/internal/test/catalogue"
	"github.com/lamella-build/lamella/internal/test/fakeaws"
	"github.com/lamella-build/lamella/internal/test/storetest"
	"github.com/lamella-build/lamella/store"
)

// wantFault checks an error's Kind, that its text says what, and its hints too.
func wantFault(t *testing.T, err error, text string, hints ...string) {
	t.Helper()
	if err == nil || catalogue.KindOf(err) != fault.Destination {
		t.Fatalf("got error %v, want one of the destination", err)
	}
	if !strings.Contains(err.Error(), text) {
		t.Errorf("error %q does not say %q", err, text)
	}
	all := strings.Join(fault.Hints(err), "\n")
	for _, hint := range hints {
		if !strings.Contains(all, hint) {
			t.Errorf("hints %q do not say %q", all, hint)
		}
	}
}

func TestAnswersOfS3(t *testing.T) {
	for _, test := range []struct {
		fault fakeaws.Fault
		text  string
		hint  string
	}{
		{fakeaws.Fault{Status: 403, Code: "AccessDenied", Message: "Access Denied"}, "s3:GetObject", "s3:GetObject on arn:aws:s3:::bucket/team/layers/k"},
		{fakeaws.Fault{Status: 403, Code: "AccessDenied"}, "access denied", "s3:ListBucket on arn:aws:s3:::bucket too"},
		{fakeaws.Fault{Status: 403, Code: "InvalidAccessKeyId", Message: "The key does not exist"}, "invalid", "aws sso login"},
		{fakeaws.Fault{Status: 400, Code: "ExpiredToken", Message: "The provided token has expired."}, "expired", "aws sso login"},
		{fakeaws.Fault{Status: 403, Code: "SignatureDoesNotMatch", Message: "no match"}, "signature", "clock"},
		{fakeaws.Fault{Status: 403, Code: "RequestTimeTooSkewed", Message: "too large", Times: 9}, "clock", "clock"},
		{fakeaws.Fault{Status: 301, Code: "PermanentRedirect", Header: map[string]string{"X-Amz-Bucket-Region": "eu-west-1"}}, "is in eu-west-1, not in eu-central-1", "AWS_REGION=eu-west-1"},
		{fakeaws.Fault{Status: 400, Code: "AuthorizationHeaderMalformed", Message: "the region 'eu-central-1' is wrong; expecting 'us-west-2'"}, "is in us-west-2", "AWS_REGION=us-west-2"},
		{fakeaws.Fault{Status: 503, Code: "SlowDown", Message: "Reduce your request rate", Times: 1000}, "throttled", "try again"},
	} {
		server, o, _ := start(t)
		test.fault.Op = "GetObject"
		server.Inject(test.fault)
		_, _, err := o.Get(t.Context(), "k")
		wantFault(t, err, test.text, test.hint)
		if errors.Is(err, store.ErrNotExist) {
			t.Errorf("%v is taken for an absent object", err)
		}
	}
}

func TestAnswersWithoutBody(t *testing.T) {
	server, o, _ := start(t)
	server.Inject(fakeaws.Fault{Op: "HeadObject", Status: 403})
	_, err := o.Head(t.Context(), "k")
	wantFault(t, err, "s3:GetObject", "s3:ListBucket")

	server.Inject(fakeaws.Fault{Op: "HeadObject", Status: 301, Header: map[string]string{"X-Amz-Bucket-Region": "eu-west-1"}})
	_, err = o.Head(t.Context(), "k")
	wantFault(t, err, "is in eu-west-1", "AWS_REGION=eu-west-1")
}

func TestBucketAbsent(t *testing.T) {
	server := fakeaws.New(t)
	server.Use(t)
	o, _ := connect(t, store.Prefix{Bucket: "nobody"})
	_, _, err := o.Get(t.Context(), "k")
	wantFault(t, err, "bucket nobody", "aws s3 mb s3://nobody --region eu-central-1")
	if errors.Is(err, store.ErrNotExist) {
		t.Error("an absent bucket is taken for an absent object")
	}
	_, err = o.Put(t.Context(), "k", storetest.Body(nil))
	wantFault(t, err, "bucket nobody")
}

func TestAnswersOfLambda(t *testing.T) {
	for _, test := range []struct {
		fault fakeaws.Fault
		text  string
		hints []string
	}{
		{fakeaws.Fault{Status: 403, Code: "AccessDeniedException", Message: "User: arn:aws:iam::1:user/me is not authorized"}, "User: arn:aws:iam::1:user/me",
			[]string{"allow lambda:PublishLayerVersion on arn:aws:lambda:eu-central-1:*:layer:deps"}},
		{fakeaws.Fault{Status: 400, Code: "CodeStorageExceededException", Message: "Code storage limit exceeded."}, "storage in eu-central-1 is full", []string{"delete-layer-version", "Service Quotas"}},
		{fakeaws.Fault{Status: 403, Code: "InvalidSignatureException", Message: "Signature expired: 2025 is now earlier than 2026"}, "clock is wrong", []string{"clock"}},
		{fakeaws.Fault{Status: 403, Code: "UnrecognizedClientException", Message: "The security token included in the request is invalid."}, "invalid", []string{"aws sso login"}},
		{fakeaws.Fault{Status: 400, Code: "InvalidParameterValueException", Message: "Error occurred while GetObject. S3 Error Code: PermanentRedirect. S3 Error Message: The bucket is in this region: us-west-2. Please use this region to retry the request"},
			"own region", []string{"AWS_REGION=us-west-2"}},
		{fakeaws.Fault{Status: 400, Code: "InvalidParameterValueException", Message: "S3 Error Code: AccessDenied."}, "cannot read", []string{"s3:GetObject"}},
		{fakeaws.Fault{Status: 400, Code: "InvalidParameterValueException", Message: "Unzipped size must be smaller than 262144000 bytes"}, "Unzipped size", nil},
	} {
		server, o, l := start(t)
		test.fault.Op = "PublishLayerVersion"
		server.Inject(test.fault)
		_, err := l.Publish(t.Context(), store.Publication{Name: "deps", Content: o.Location("k")})
		wantFault(t, err, test.text, test.hints...)
		if errors.Is(err, store.ErrUnknownOutcome) || server.Count("PublishLayerVersion") != 1 {
			t.Errorf("%v, sent %d times", err, server.Count("PublishLayerVersion"))
		}
	}
}

func TestPublishIsSentOnce(t *testing.T) {
	for name, test := range map[string]struct {
		fault fakeaws.Fault
		is    error
		made  int
	}{
		"connection lost before": {fakeaws.Fault{Drop: true}, store.ErrUnknownOutcome, 0},
		"connection lost after":  {fakeaws.Fault{Drop: true, Act: true}, store.ErrUnknownOutcome, 1},
		"500":                    {fakeaws.Fault{Status: 500, Code: "ServiceException"}, store.ErrUnknownOutcome, 0},
		"503 after":              {fakeaws.Fault{Status: 503, Code: "ServiceUnavailable", Act: true}, store.ErrUnknownOutcome, 1},
		"throttled":              {fakeaws.Fault{Status: 429, Code: "TooManyRequestsException"}, store.ErrBusy, 0},
	} {
		t.Run(name, func(t *testing.T) {
			server, o, l := start(t)
			if _, err := o.Put(t.Context(), "x.zip", storetest.Body([]byte("zip"))); err != nil {
				t.Fatal(err)
			}
			test.fault.Op = "PublishLayerVersion"
			server.Inject(test.fault)
			_, err := l.Publish(t.Context(), store.Publication{Name: "deps", Content: o.Location("x.zip")})
			if !errors.Is(err, test.is) || catalogue.KindOf(err) == fault.Usage {
				t.Errorf("got %v", err)
			}
			if n := server.Count("PublishLayerVersion"); n != 1 {
				t.Errorf("sent %d times", n)
			}
			versions, err := l.Versions(t.Context(), "deps")
			if err != nil || len(versions) != test.made {
				t.Errorf("%d versions, %v", len(versions), err)
			}
		})
	}
}

func TestRegionWithoutArchitectures(t *testing.T) {
	server, o, l := start(t)
	if _, err := o.Put(t.Context(), "x.zip", storetest.Body([]byte("zip"))); err != nil {
		t.Fatal(err)
	}
	server.Inject(fakeaws.Fault{Op: "PublishLayerVersion", Status: 400, Code: "InvalidParameterValueException", Message: "CompatibleArchitectures are not supported in this region."})
	v, err := l.Publish(t.Context(), store.Publication{Name: "deps", Content: o.Location("x.zip"), Architectures: []string{"arm64"}})
	if err != nil || v.Version != 1 || v.Architectures != nil {
		t.Errorf("got %+v, %v", v, err)
	}
}

func TestVersionsInPages(t *testing.T) {
	server, o, l := start(t)
	server.PageSize = 2
	if _, err := o.Put(t.Context(), "x.zip", storetest.Body([]byte("zip"))); err != nil {
		t.Fatal(err)
	}
	for range 5 {
		if _, err := l.Publish(t.Context(), store.Publication{Name: "deps", Content: o.Location("x.zip")}); err != nil {
			t.Fatal(err)
		}
	}
	versions, err := l.Versions(t.Context(), "deps")
	if err != nil || len(versions) != 5 || versions[0].Version != 5 || versions[4].Version != 1 {
		t.Errorf("got %v, %v", versions, err)
	}
}

func TestWritesAreRepeated(t *testing.T) {
	big := storetest.Body(storetest.Random(17<<20, 9))
	big.Multipart, big.IfAbsent = true, true
	small := storetest.Body([]byte("small"))
	small.IfAbsent = true
	for name, test := range map[string]struct {
		body  store.Body
		fault fakeaws.Fault
	}{
		"conflict":               {small, fakeaws.Fault{Op: "PutObject", Status: 409, Code: "ConditionalRequestConflict"}},
		"throttled":              {small, fakeaws.Fault{Op: "PutObject", Status: 503, Code: "SlowDown"}},
		"part lost":              {big, fakeaws.Fault{Op: "UploadPart", Drop: true}},
		"conflict at completion": {big, fakeaws.Fault{Op: "CompleteMultipartUpload", Status: 409, Code: "ConditionalRequestConflict"}},
		"completion lost":        {big, fakeaws.Fault{Op: "CompleteMultipartUpload", Act: true, Drop: true}},
	} {
		t.Run(name, func(t *testing.T) {
			server, o, _ := start(t)
			server.Inject(test.fault)
			body := test.body
			var done int64
			body.Progress = func(n int64) { done = n }
			if _, err := o.Put(t.Context(), "x", body); err != nil {
				t.Fatal(err)
			}
			if stored := server.Object(bucket, "team/layers/x"); int64(len(stored)) != body.Size {
				t.Errorf("%d bytes stored", len(stored))
			}
			if done != body.Size {
				t.Errorf("progress ended at %d of %d", done, body.Size)
			}
			if server.Uploads() != 0 {
				t.Error("an upload was left open")
			}
		})
	}
}

func TestUploadsAreAborted(t *testing.T) {
	server, o, _ := start(t)
	server.Inject(fakeaws.Fault{Op: "UploadPart", Status: 403, Code: "AccessDenied"})
	body := storetest.Body(storetest.Random(17<<20, 9))
	body.Multipart = true
	_, err := o.Put(t.Context(), "x", body)
	wantFault(t, err, "s3:PutObject", "s3:PutObject on arn:aws:s3:::bucket/team/layers/x")
	if server.Uploads() != 0 {
		t.Error("the upload was left open")
	}
}

func TestFileGotShorter(t *testing.T) {
	server, o, _ := start(t)
	for _, size := range []int{100, 17 << 20} {
		data := storetest.Random(size, 9)
		body := storetest.Body(data)
		body.Multipart = true
		body.Reader = bytes.NewReader(data[:size-10])
		if _, err := o.Put(t.Context(), "x", body); !errors.Is(err, errShortRead) {
			t.Errorf("got %v", err)
		}
	}
	if server.Uploads() != 0 || server.Object(bucket, "team/layers/x") != nil {
		t.Error("something was left behind")
	}
}

func TestUnreachable(t *testing.T) {
	server := fakeaws.New(t)
	server.Use(t)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_ = listener.Close() // nobody listens there now
	t.Setenv("AWS_ENDPOINT_URL", "http://"+listener.Addr().String())
	t.Setenv("AWS_MAX_ATTEMPTS", "1")
	o, l := connect(t, store.Prefix{Bucket: bucket})
	_, _, err = o.Get(t.Context(), "k")
	wantFault(t, err, "cannot reach", "AWS_ENDPOINT_URL")
	_, err = l.Publish(t.Context(), store.Publication{Name: "deps", Content: o.Location("k")})
	wantFault(t, err, "cannot reach", "AWS_ENDPOINT_URL")
	if errors.Is(err, store.ErrUnknownOutcome) {
		t.Error("nothing was sent, yet the outcome is called unknown")
	}

	t.Setenv("AWS_ENDPOINT_URL", "http://endpoint.invalid")
	o, _ = connect(t, store.Prefix{Bucket: bucket})
	_, _, err = o.Get(t.Context(), "k")
	wantFault(t, err, "cannot resolve", "eu-central-1")
}

func TestConfiguration(t *testing.T) {
	fakeaws.New(t).Use(t)
	t.Setenv("AWS_ACCESS_KEY_ID", "")
	t.Setenv("AWS_SECRET_ACCESS_KEY", "")
	o, _ := connect(t, store.Prefix{Bucket: bucket})
	_, _, err := o.Get(t.Context(), "k")
	wantFault(t, err, "no AWS credentials", "aws sso login", "AWS_PROFILE", "AWS_ACCESS_KEY_ID")

	t.Setenv("AWS_REGION", "")
	t.Setenv("AWS_DEFAULT_REGION", "")
	_, _, err = New(t.Context(), store.Prefix{Bucket: bucket}, Options{})
	wantFault(t, err, "no AWS region", "AWS_REGION")

	if _, _, err = New(t.Context(), store.Prefix{Bucket: bucket}, Options{Account: Account{Region: "eu-west-1"}}); err != nil {
		t.Error(err)
	}

	t.Setenv("AWS_PROFILE", "nobody")
	_, _, err = New(t.Context(), store.Prefix{Bucket: bucket}, Options{})
	wantFault(t, err, `profile "nobody"`, "AWS_PROFILE")
}

func TestEncryption(t *testing.T) {
	server, o, _ := start(t)
	server.KMSKey = "alias/layers"
	big := storetest.Body(storetest.Random(17<<20, 9))
	big.Multipart = true
	for _, body := range []store.Body{storetest.Body([]byte("small")), big} {
		_, err := o.Put(t.Context(), "x", body)
		wantFault(t, err, "s3:PutObject", "--kms-key KEY")
		o.kmsKey = "alias/layers"
		if _, err := o.Put(t.Context(), "x", body); err != nil {
			t.Error(err)
		}
		o.kmsKey = ""
	}
	server.Inject(fakeaws.Fault{Op: "PutObject", Status: 400, Code: "KMS.NotFoundException", Message: "Invalid keyId"})
	_, err := o.Put(t.Context(), "y", storetest.Body(nil))
	wantFault(t, err, "encryption key", "--kms-key KEY")
}

// TestSilence: a server that hangs is left, and asked again.
func TestSilence(t *testing.T) {
	server := fakeaws.New(t, bucket)
	server.Use(t)
	o, l, err := New(t.Context(), store.Prefix{Bucket: bucket}, Options{IdleTimeout: 100 * time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := o.Put(t.Context(), "x", storetest.Body([]byte("zip"))); err != nil {
		t.Fatal(err)
	}
	server.Inject(fakeaws.Fault{Op: "GetObject", Hang: true}, fakeaws.Fault{Op: "ListLayerVersions", Hang: true})
	if data, _, err := o.Get(t.Context(), "x"); err != nil || string(data) != "zip" {
		t.Errorf("got %q, %v", data, err)
	}
	if _, err := l.Versions(t.Context(), "deps"); err != nil {
		t.Error(err)
	}
	server.Inject(fakeaws.Fault{Op: "GetObject", Hang: true, Times: 9})
	_, _, err = o.Get(t.Context(), "x")
	wantFault(t, err, "stopped responding", "try again")

	server.Inject(fakeaws.Fault{Op: "PublishLayerVersion", Hang: true})
	_, err = l.Publish(t.Context(), store.Publication{Name: "deps", Content: o.Location("x")})
	if !errors.Is(err, store.ErrUnknownOutcome) {
		t.Errorf("got %v", err)
	}
}

// TestCutAnswers: an answer breaks off in the middle.
func TestCutAnswers(t *testing.T) {
	server, o, l := start(t)
	if _, err := o.Put(t.Context(), "x", storetest.Body([]byte("zip"))); err != nil {
		t.Fatal(err)
	}
	server.Inject(fakeaws.Fault{Op: "GetObject", Cut: true}, fakeaws.Fault{Op: "ListLayerVersions", Cut: true}, fakeaws.Fault{Op: "PublishLayerVersion", Cut: true})
	if data, _, err := o.Get(t.Context(), "x"); err != nil || string(data) != "zip" {
		t.Errorf("got %q, %v", data, err)
	}
	if _, err := l.Versions(t.Context(), "deps"); err != nil {
		t.Error(err)
	}
	_, err := l.Publish(t.Context(), store.Publication{Name: "deps", Content: o.Location("x")})
	if !errors.Is(err, store.ErrUnknownOutcome) || server.Count("PublishLayerVersion") != 1 {
		t.Errorf("got %v", err)
	}
}

// TestRetriesOfTheEnvironment: no setting of the SDK's makes it publish twice.
func TestRetriesOfTheEnvironment(t *testing.T) {
	for _, mode := range []string{"standard", "adaptive"} {
		server := fakeaws.New(t, bucket)
		server.Use(t)
		t.Setenv("AWS_MAX_ATTEMPTS", "5")
		t.Setenv("AWS_RETRY_MODE", mode)
		_, l, err := New(t.Context(), store.Prefix{Bucket: bucket}, Options{})
		if err != nil {
			t.Fatal(err)
		}
		server.Inject(fakeaws.Fault{Op: "PublishLayerVersion", Status: 500, Code: "ServiceException", Times: 9})
		if _, err := l.Publish(t.Context(), store.Publication{Name: "deps"}); !errors.Is(err, store.ErrUnknownOutcome) || server.Count("PublishLayerVersion") != 1 {
			t.Errorf("%s: sent %d times, %v", mode, server.Count("PublishLayerVersion"), err)
		}
	}
}
