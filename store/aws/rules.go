package aws

import (
	"cmp"
	"crypto/md5"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"sync"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	s3types "github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/aws/aws-sdk-go-v2/service/sts"

	"github.com/lamella-build/lamella/store"
)

// rules define what the responses to operations must contain, according to the API
// references of Lambda, S3, and STS. A test requires a rule for each operation that this
// package uses.
var rules = map[string]rule{
	"ListLayerVersions":   {says: says(listsLayerVersions)},
	"GetLayerVersion":     {says: says(saysLayerVersion)},
	"PublishLayerVersion": {says: says(saysPublished)},
	"DeleteLayerVersion":  {}, // Delete confirms that the version is gone
	"ListLayers":          {says: says(listsLayers)},
	"ListFunctions":       {says: says(listsFunctions)},
	"ListAliases":         {says: says(listsAliases)},

	"GetFunction":                 {says: says(saysFunction)},
	"ListVersionsByFunction":      {says: says(listsVersions)},
	"UpdateFunctionConfiguration": {says: says(saysUpdated)},
	"PublishVersion":              {says: says(saysPublishedVersion)},
	"GetAlias":                    {says: says(saysAlias)},
	"UpdateAlias":                 {says: says(saysMovedAlias)},

	"GetLayerVersionPolicy": {says: says(func(_ *whole, _ *lambda.GetLayerVersionPolicyInput, out *lambda.GetLayerVersionPolicyOutput) string {
		return lacks("Policy", out.Policy)
	})},
	"AddLayerVersionPermission": {says: says(func(_ *whole, _ *lambda.AddLayerVersionPermissionInput, out *lambda.AddLayerVersionPermissionOutput) string {
		return lacks("Statement", out.Statement)
	})},
	"RemoveLayerVersionPermission": {status: []int{http.StatusNoContent}},

	"HeadObject": {status: []int{http.StatusOK}, says: says(func(_ *whole, _ *s3.HeadObjectInput, out *s3.HeadObjectOutput) string {
		return saysObject(out.ETag, out.ContentLength)
	})},
	"GetObject": {status: []int{http.StatusOK, http.StatusPartialContent}, says: says(func(_ *whole, in *s3.GetObjectInput, out *s3.GetObjectOutput) string {
		if in.Range != nil && awssdk.ToString(out.ContentRange) == "" {
			return lacks("Content-Range", nil)
		}
		return saysObject(out.ETag, out.ContentLength)
	})},
	"PutObject": {says: says(func(_ *whole, _ *s3.PutObjectInput, out *s3.PutObjectOutput) string { return lacks("ETag", out.ETag) })},
	"CreateMultipartUpload": {root: "InitiateMultipartUploadResult", says: says(func(_ *whole, _ *s3.CreateMultipartUploadInput, out *s3.CreateMultipartUploadOutput) string {
		return lacks("UploadId", out.UploadId)
	})},
	"UploadPart": {says: says(func(_ *whole, _ *s3.UploadPartInput, out *s3.UploadPartOutput) string { return lacks("ETag", out.ETag) })},
	"CompleteMultipartUpload": {root: "CompleteMultipartUploadResult", says: says(func(_ *whole, _ *s3.CompleteMultipartUploadInput, out *s3.CompleteMultipartUploadOutput) string {
		return lacks("ETag", out.ETag)
	})},
	"UploadPartCopy": {root: "CopyPartResult", says: says(func(_ *whole, _ *s3.UploadPartCopyInput, out *s3.UploadPartCopyOutput) string {
		if out.CopyPartResult == nil {
			return lacks("ETag", nil)
		}
		return lacks("ETag", out.CopyPartResult.ETag)
	})},
	"AbortMultipartUpload": {},
	"ListMultipartUploads": {root: "ListMultipartUploadsResult", says: says(listsUploads)},
	"CopyObject": {root: "CopyObjectResult", says: says(func(_ *whole, _ *s3.CopyObjectInput, out *s3.CopyObjectOutput) string {
		if out.CopyObjectResult == nil {
			return lacks("ETag", nil)
		}
		return lacks("ETag", out.CopyObjectResult.ETag)
	})},
	// Servers other than S3 may leave out the region. A response without either header comes
	// from a proxy.
	"HeadBucket":          {status: []int{http.StatusOK}, header: "X-Amz-Bucket-Region|X-Amz-Request-Id"},
	"ListObjectsV2":       {root: "ListBucketResult", says: says(listsObjects)},
	"DeleteObject":        {status: []int{http.StatusNoContent, http.StatusOK}},
	"GetBucketVersioning": {root: "VersioningConfiguration|GetBucketVersioningResponse"}, // the latter is moto's
	"CreateSession":       {},                                                            // sent by the SDK itself, for directory buckets

	// awscall.Issued checks the credentials.
	"AssumeRole":      {root: "AssumeRoleResponse"},
	"GetSessionToken": {root: "GetSessionTokenResponse"},
	"GetCallerIdentity": {root: "GetCallerIdentityResponse", says: says(func(w *whole, _ *sts.GetCallerIdentityInput, out *sts.GetCallerIdentityOutput) string {
		if id := awssdk.ToString(out.Account); !store.Principal(id).IsAccount() {
			return fmt.Sprintf("it has the account %q", id)
		}
		return w.account.agrees(awssdk.ToString(out.Account))
	})},
}

// account is the account in the first response that names one. Responses about another
// account are incomplete.
type account struct {
	mu sync.Mutex
	id string
}

func (a *account) agrees(id string) (why string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.id == "" {
		a.id = id
	}
	if a.id != id {
		return fmt.Sprintf("account %s now, account %s"+before, id, a.id)
	}
	return ""
}

// lacks returns a clause that says that a field is missing or empty, or "" if it is neither.
func lacks(field string, value *string) string {
	if awssdk.ToString(value) == "" {
		return "it has no " + field
	}
	return ""
}

func listsLayerVersions(w *whole, in *lambda.ListLayerVersionsInput, out *lambda.ListLayerVersionsOutput) string {
	if out.LayerVersions == nil {
		return "it has no list LayerVersions"
	}
	for _, v := range out.LayerVersions {
		if why := w.names(v.LayerVersionArn, in.LayerName, v.Version); why != "" {
			return why
		}
	}
	return ""
}

func saysLayerVersion(w *whole, in *lambda.GetLayerVersionInput, out *lambda.GetLayerVersionOutput) string {
	if asked := awssdk.ToInt64(in.VersionNumber); out.Version != asked {
		return fmt.Sprintf(concerns+"version %d, not %d", out.Version, asked)
	}
	return w.saysContent(in.LayerName, out)
}

func saysPublished(w *whole, in *lambda.PublishLayerVersionInput, out *lambda.PublishLayerVersionOutput) string {
	return w.saysContent(in.LayerName, (*lambda.GetLayerVersionOutput)(out))
}

func (w *whole) saysContent(layer *string, out *lambda.GetLayerVersionOutput) string {
	if why := w.names(out.LayerVersionArn, layer, out.Version); why != "" {
		return why
	}
	if out.Content == nil {
		return "it has no Content"
	}
	sum, err := base64.StdEncoding.DecodeString(awssdk.ToString(out.Content.CodeSha256))
	switch {
	case err != nil || len(sum) != 32:
		return "it has no CodeSha256"
	case out.Content.CodeSize <= 0:
		return "it has no CodeSize"
	}
	return ""
}

// names checks that arn is the ARN of a version of this layer, in this region and in the
// account that other responses named.
func (w *whole) names(arn, layer *string, version int64) string {
	if awssdk.ToString(arn) == "" {
		return "it has no LayerVersionArn"
	}
	named, ok := store.ParseARN(*arn)
	switch {
	case !ok || named.Version == 0:
		return fmt.Sprintf("%q is not the ARN of a layer version", *arn)
	case named.Layer != awssdk.ToString(layer) || named.Region != w.region:
		return fmt.Sprintf(concerns+"%s, not layer %s in %s", *arn, awssdk.ToString(layer), w.region)
	case named.Version != version:
		return fmt.Sprintf("it has the version number %[2]d for %[1]s", *arn, version)
	}
	return w.account.agrees(named.Account)
}

func listsLayers(_ *whole, _ *lambda.ListLayersInput, out *lambda.ListLayersOutput) string {
	if out.Layers == nil {
		return "it has no list Layers"
	}
	for _, l := range out.Layers {
		if why := cmp.Or(lacks("LayerName", l.LayerName), lacks("LayerArn", l.LayerArn)); why != "" {
			return why
		}
	}
	return ""
}

func listsFunctions(_ *whole, _ *lambda.ListFunctionsInput, out *lambda.ListFunctionsOutput) string {
	if out.Functions == nil {
		return "it has no list Functions"
	}
	for _, f := range out.Functions {
		if why := cmp.Or(lacks("FunctionName", f.FunctionName), lacks("Version", f.Version)); why != "" {
			return why
		}
		for _, has := range f.Layers {
			// The ARNs of AWS's own layers have another form.
			arn := awssdk.ToString(has.Arn)
			if named, ok := store.ParseARN(arn); !strings.HasPrefix(arn, "arn:") || strings.Contains(arn, ":layer:") && (!ok || named.Version == 0) {
				return fmt.Sprintf("a layer of function %s has the ARN %q", *f.FunctionName, arn)
			}
		}
	}
	return ""
}

func listsAliases(_ *whole, _ *lambda.ListAliasesInput, out *lambda.ListAliasesOutput) string {
	if out.Aliases == nil {
		return "it has no list Aliases"
	}
	for _, a := range out.Aliases {
		if why := cmp.Or(lacks("Name", a.Name), lacks("FunctionVersion", a.FunctionVersion)); why != "" {
			return why
		}
	}
	return ""
}

func saysObject(etag *string, size *int64) string {
	if size == nil {
		return "it has no Content-Length"
	}
	return lacks("ETag", etag)
}

func listsObjects(_ *whole, in *s3.ListObjectsV2Input, out *s3.ListObjectsV2Output) string {
	switch {
	case out.IsTruncated == nil:
		return "it has no IsTruncated"
	case *out.IsTruncated && awssdk.ToString(out.NextContinuationToken) == "":
		return "it is truncated but has no NextContinuationToken"
	case out.KeyCount != nil && int(*out.KeyCount) != len(out.Contents)+len(out.CommonPrefixes):
		return fmt.Sprintf("it has %d objects and prefixes, but the KeyCount %d", len(out.Contents)+len(out.CommonPrefixes), *out.KeyCount)
	}
	for _, o := range out.Contents {
		switch key := awssdk.ToString(o.Key); {
		case key == "":
			return "it has an object without Key"
		case !strings.HasPrefix(key, awssdk.ToString(in.Prefix)):
			return fmt.Sprintf("it has %q, which does not have the requested prefix", key)
		case o.Size == nil || o.LastModified == nil:
			return fmt.Sprintf("%q has no Size or no LastModified", key)
		}
	}
	return ""
}

func listsUploads(_ *whole, in *s3.ListMultipartUploadsInput, out *s3.ListMultipartUploadsOutput) string {
	switch {
	case out.IsTruncated == nil:
		return "it has no IsTruncated"
	case *out.IsTruncated && awssdk.ToString(out.NextKeyMarker) == "":
		return "it is truncated but has no NextKeyMarker"
	}
	for _, u := range out.Uploads {
		switch key := awssdk.ToString(u.Key); {
		case !strings.HasPrefix(key, awssdk.ToString(in.Prefix)) || key == "":
			return fmt.Sprintf("it has %q, which does not have the requested prefix", key)
		case awssdk.ToString(u.UploadId) == "" || u.Initiated == nil:
			return fmt.Sprintf("the upload of %q has no UploadId or no Initiated", key)
		}
	}
	return ""
}

// plainETag matches the ETag of an object that was put in one request, which is the object's
// MD5 (S3 API reference, "Object").
var plainETag = regexp.MustCompile(`^[0-9a-f]{32}$`)

// wholeBody compares a body with the size and ETag in its response. The ETag is not the MD5
// if the object is encrypted with KMS or is in a directory bucket. For those, the SDK has
// verified the checksum.
func (o *Objects) wholeBody(data []byte, object store.Object, encryption s3types.ServerSideEncryption) error {
	sum := md5.Sum(data)
	if asked, _ := o.encryption(); encryption == "" {
		encryption = asked
	}
	switch {
	case int64(len(data)) != object.Size:
		return &incomplete{"GetObject", fmt.Sprintf("it has %d bytes, but the Content-Length %d", len(data), object.Size), nil}
	case encryption != "" && encryption != s3types.ServerSideEncryptionAes256, strings.HasSuffix(o.prefix.Bucket, "--x-s3"), !plainETag.MatchString(object.ETag):
		return nil
	case hex.EncodeToString(sum[:]) != object.ETag:
		return &incomplete{"GetObject", fmt.Sprintf("the MD5 of its %d bytes is %x, but its ETag is %s", len(data), sum, object.ETag), nil}
	}
	return nil
}
