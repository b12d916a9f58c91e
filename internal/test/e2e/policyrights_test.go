package e2e

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"

	"github.com/lamella-build/lamella/internal/test/fakeaws"
)

// right is a permission that a request needs.
type right struct{ action, resource string }

func (r right) String() string { return r.action + " on " + r.resource }

// rightsRecorder notes the permissions that the requests to one account and region need.
// Beside those for the operation itself they are what the services check on behalf of the
// caller, which the fake does not: the zip that a version is published from, the source of
// a copy, each layer in a function's new list, the key that an object is encrypted with,
// the ACL. Operations of no known right are an "unknown:" action.
type rightsRecorder struct {
	server          *fakeaws.Server
	account, region string

	mu   sync.Mutex
	seen map[right]bool
	ops  map[string]bool
	keys map[string]string // key that encrypts an object, by its ARN
}

func newRightsRecorder(server *fakeaws.Server, account, region string) *rightsRecorder {
	r := &rightsRecorder{server: server, account: account, region: region, ops: map[string]bool{}, keys: map[string]string{}}
	server.Seen = r.note
	return r
}

// take returns what was recorded since the last time.
func (r *rightsRecorder) take() map[right]bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	seen := r.seen
	r.seen = nil
	return seen
}

func (r *rightsRecorder) note(op string, request *http.Request) {
	if request.Header.Get("Authorization") == "" {
		return // the content of a version, by the URL that Lambda gave, or the test itself
	}
	var body struct {
		Name    string // of a parameter
		KeyID   string `json:"KeyId"`
		Layers  []string
		Content struct{ S3Bucket, S3Key, S3ObjectVersion string }
	}
	if strings.HasPrefix(request.URL.Path, "/20") || request.Header.Get("X-Amz-Target") != "" {
		data, _ := io.ReadAll(request.Body) // of a client that is gone
		request.Body = io.NopCloser(bytes.NewReader(data))
		_ = json.Unmarshal(data, &body) // empty for most operations
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.ops[op] = true
	switch parts := strings.Split(strings.Trim(request.URL.Path, "/"), "/"); {
	case op == "GetCallerIdentity": // needs no permission
	case op == "GenerateDataKey":
		r.add("kms:GenerateDataKey", body.KeyID)
	case op == "GetMetricData":
		r.add("cloudwatch:GetMetricData", "*")
	case op == "GetParameter" || op == "PutParameter":
		r.add("ssm:"+op, r.arn("ssm")+"parameter/"+strings.TrimPrefix(body.Name, "/"))
	case parts[0] == "2018-10-31" && len(parts) > 2: // layers NAME versions [NUMBER …]
		r.layer(op, parts[2], parts[4:])
		if op == "PublishLayerVersion" && body.Content.S3Bucket != "no_bucket_of_lamella_doctor" {
			if body.Content.S3ObjectVersion != "" {
				r.add("s3:GetObjectVersion", s3ARN(body.Content.S3Bucket, body.Content.S3Key))
			}
			r.read(body.Content.S3Bucket, body.Content.S3Key)
		}
	case parts[0] == "2015-03-31": // functions [NAME …]
		r.function(op, request, parts)
		for _, layer := range body.Layers {
			r.add("lambda:GetLayerVersion", layer)
		}
	default:
		r.s3(op, request)
	}
}

func (r *rightsRecorder) add(action, resource string) {
	if r.seen == nil {
		r.seen = map[right]bool{}
	}
	r.seen[right{action, resource}] = true
}

func (r *rightsRecorder) arn(service string) string {
	return "arn:aws:" + service + ":" + r.region + ":" + r.account + ":"
}

func (r *rightsRecorder) layer(op, name string, version []string) {
	resource := r.arn("lambda") + "layer:" + name
	if len(version) > 0 {
		resource += ":" + version[0]
	}
	r.add("lambda:"+op, resource)
}

func (r *rightsRecorder) function(op string, request *http.Request, parts []string) {
	switch {
	case op == "ListFunctions":
		r.add("lambda:ListFunctions", "*")
	case len(parts) < 3:
		r.add("unknown:"+op, request.URL.Path)
	default:
		resource := r.arn("lambda") + "function:" + parts[2]
		if qualifier := request.URL.Query().Get("Qualifier"); qualifier != "" {
			resource += ":" + qualifier
		}
		r.add("lambda:"+op, resource)
	}
}

func s3ARN(bucket, key string) string { return "arn:aws:s3:::" + bucket + "/" + key }

// read is of an object: of one that does not exist, S3 says so only to those who may list.
func (r *rightsRecorder) read(bucket, key string) {
	object := s3ARN(bucket, key)
	r.add("s3:GetObject", object)
	if r.server.Object(bucket, key) == nil {
		r.add("s3:ListBucket", "arn:aws:s3:::"+bucket)
	}
	if k := r.keys[object]; k != "" {
		r.add("kms:Decrypt", k)
	}
}

func (r *rightsRecorder) s3(op string, request *http.Request) {
	bucket, key, _ := strings.Cut(strings.TrimPrefix(request.URL.Path, "/"), "/")
	object, h := s3ARN(bucket, key), request.Header
	switch op {
	case "HeadObject", "GetObject":
		r.read(bucket, key)
	case "DeleteObject", "AbortMultipartUpload":
		r.add("s3:"+op, object)
	case "ListObjectsV2", "HeadBucket":
		r.add("s3:ListBucket", "arn:aws:s3:::"+bucket)
	case "ListMultipartUploads":
		r.add("s3:ListBucketMultipartUploads", "arn:aws:s3:::"+bucket)
	case "GetBucketVersioning":
		r.add("s3:"+op, "arn:aws:s3:::"+bucket)
	case "PutObject", "CopyObject", "CreateMultipartUpload", "UploadPart", "UploadPartCopy", "CompleteMultipartUpload":
		r.add("s3:PutObject", object)
		if h.Get("If-Match") != "" {
			r.read(bucket, key)
		}
		if h.Get("X-Amz-Acl") != "" {
			r.add("s3:PutObjectAcl", object)
		}
		if k := h.Get("X-Amz-Server-Side-Encryption-Aws-Kms-Key-Id"); k != "" {
			r.keys[object] = k
		}
		if k := r.keys[object]; k != "" {
			r.add("kms:GenerateDataKey", k)
			if strings.Contains(op, "Upload") { // S3 decrypts the parts
				r.add("kms:Decrypt", k)
			}
		}
		if source, _ := url.PathUnescape(h.Get("X-Amz-Copy-Source")); source != "" {
			fromBucket, fromKey, _ := strings.Cut(strings.TrimPrefix(source, "/"), "/")
			r.read(fromBucket, fromKey)
		}
	default:
		r.add("unknown:"+op, object)
	}
}
