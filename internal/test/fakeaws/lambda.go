package fakeaws

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
)

const layersPath = "/2018-10-31/layers/"

type layerVersion struct {
	LayerVersionArn         string
	Version                 int64
	Description             string   `json:",omitempty"`
	LicenseInfo             string   `json:",omitempty"`
	CreatedDate             string   `json:",omitempty"`
	CompatibleRuntimes      []string `json:",omitempty"`
	CompatibleArchitectures []string `json:",omitempty"`
	Content                 *content `json:",omitempty"`

	zip       []byte
	policy    []statement
	reference bool
}

type content struct {
	CodeSha256 string
	CodeSize   int64
	Location   string
}

// layer is a layer's versions, oldest first.
type layer struct {
	versions []*layerVersion
	last     int64 // number given
}

func (l *layer) find(number string) *layerVersion {
	if l == nil {
		return nil
	}
	for _, v := range l.versions {
		if strconv.FormatInt(v.Version, 10) == number {
			return v
		}
	}
	return nil
}

// lambda names the operation of a request and returns what carries it out.
func (s *Server) lambda(r *http.Request) (op string, act func() reply) {
	if path, ok := strings.CutPrefix(r.URL.Path, functionsPath); ok {
		return s.functions(r, path)
	}
	if r.URL.Path+"/" == layersPath {
		return "ListLayers", s.listLayers
	}
	parts := strings.Split(strings.TrimPrefix(r.URL.Path, layersPath), "/") // name, "versions", number, "policy", statement
	name := parts[0]
	switch {
	case len(parts) > 3:
		return s.policy(r, name, parts[2], parts[4:])
	case len(parts) == 3 && r.Method == http.MethodDelete:
		return "DeleteLayerVersion", func() reply { return s.deleteVersion(name, parts[2]) }
	case len(parts) == 2 && r.Method == http.MethodPost:
		return "PublishLayerVersion", func() reply { return s.publish(r, name) }
	case len(parts) == 2:
		return "ListLayerVersions", func() reply { return s.listVersions(r, name) }
	case len(parts) == 3:
		return "GetLayerVersion", func() reply { return s.getVersion(name, parts[2]) }
	}
	return r.Method, func() reply { return failure(true, 404, "ResourceNotFoundException", "no such path") }
}

// listLayers lists the layers that have a version, with the latest of each, on one page.
func (s *Server) listLayers() reply {
	type listed struct {
		LayerName, LayerArn   string
		LatestMatchingVersion *layerVersion
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	all := []listed{}
	for _, name := range slices.Sorted(maps.Keys(s.layers)) {
		if versions := s.layers[name].versions; len(versions) > 0 {
			arn := fmt.Sprintf("arn:aws:lambda:%s:%s:layer:%s", s.place(), s.account(), name)
			all = append(all, listed{name, arn, versions[len(versions)-1]})
		}
	}
	return answer(http.StatusOK, map[string]any{"Layers": all})
}

func (s *Server) publish(r *http.Request, name string) reply {
	var in struct {
		Content struct{ S3Bucket, S3Key, S3ObjectStorageMode string } // in place of layerVersion's, which is the answer's
		layerVersion
	}
	if err := json.NewDecoder(r.Body).Decode(&in); err != nil {
		return failure(true, 400, "InvalidParameterValueException", err.Error())
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	o := s.buckets[in.Content.S3Bucket][in.Content.S3Key]
	if o == nil {
		return failure(true, 400, "InvalidParameterValueException", "Error occurred while GetObject. S3 Error Code: NoSuchKey. S3 Error Message: The specified key does not exist.")
	}
	sum := sha256.Sum256(o.data)
	l := s.layers[name]
	if l == nil {
		l = &layer{}
		s.layers[name] = l
	}
	l.last++
	v := in.layerVersion
	v.Version, v.zip, v.reference = l.last, o.data, in.Content.S3ObjectStorageMode == "REFERENCE"
	v.LayerVersionArn = fmt.Sprintf("arn:aws:lambda:%s:%s:layer:%s:%d", s.place(), s.account(), name, v.Version)
	v.CreatedDate = now().Format(dateFormat)
	v.Content = &content{base64.StdEncoding.EncodeToString(sum[:]), int64(len(o.data)), fmt.Sprintf("%s/%s/%s/%d", s.URL, contentBucket, name, v.Version)}
	l.versions = append(l.versions, &v)
	return answer(201, v)
}

// listVersions lists the oldest first, which the real service does not do but
// its documentation does not exclude.
func (s *Server) listVersions(r *http.Request, name string) reply {
	s.mu.Lock()
	defer s.mu.Unlock()
	var all []*layerVersion
	if l := s.layers[name]; l != nil {
		all = l.versions
	}
	from, next := s.page(r, len(all))
	items := []layerVersion{}
	for _, v := range all[from:min(from+s.pageSize(), len(all))] {
		item := *v
		item.Content = nil
		items = append(items, item)
	}
	return answer(200, map[string]any{"LayerVersions": items, "NextMarker": next})
}

func (s *Server) getVersion(name, number string) reply {
	s.mu.Lock()
	defer s.mu.Unlock()
	v := s.layers[name].find(number)
	if v == nil {
		return notFound()
	}
	return answer(200, v)
}

func notFound() reply {
	return failure(true, 404, "ResourceNotFoundException", "The resource you requested does not exist.")
}

func answer(status int, v any) reply {
	body, err := json.Marshal(v)
	if err != nil {
		return failure(true, 500, "ServiceException", err.Error())
	}
	return reply{status, map[string]string{"Content-Type": "application/json"}, body}
}
