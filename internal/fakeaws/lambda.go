package fakeaws

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
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
}

type content struct {
	CodeSha256 string
	CodeSize   int64
}

// lambda names the operation of a request and returns what carries it out.
func (s *Server) lambda(r *http.Request) (op string, act func() reply) {
	parts := strings.Split(strings.TrimPrefix(r.URL.Path, layersPath), "/") // name, "versions", number
	name := parts[0]
	switch {
	case len(parts) == 2 && r.Method == http.MethodPost:
		return "PublishLayerVersion", func() reply { return s.publish(r, name) }
	case len(parts) == 2:
		return "ListLayerVersions", func() reply { return s.listVersions(r, name) }
	case len(parts) == 3:
		return "GetLayerVersion", func() reply { return s.getVersion(name, parts[2]) }
	}
	return r.Method, func() reply { return failure(true, 404, "ResourceNotFoundException", "no such path") }
}

func (s *Server) publish(r *http.Request, name string) reply {
	var in struct {
		Content struct{ S3Bucket, S3Key string } // in place of layerVersion's, which is the answer's
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
	v := in.layerVersion
	v.Version = int64(len(s.layers[name])) + 1
	v.LayerVersionArn = fmt.Sprintf("arn:aws:lambda:eu-central-1:123456789012:layer:%s:%d", name, v.Version)
	v.CreatedDate = now().Format("2006-01-02T15:04:05.000-0700")
	v.Content = &content{base64.StdEncoding.EncodeToString(sum[:]), int64(len(o.data))}
	s.layers[name] = append(s.layers[name], v)
	return answer(201, v)
}

// listVersions lists the oldest first, which the real service does not do but
// its documentation does not exclude.
func (s *Server) listVersions(r *http.Request, name string) reply {
	s.mu.Lock()
	defer s.mu.Unlock()
	from, _ := strconv.Atoi(r.URL.Query().Get("Marker"))
	size := s.PageSize
	if size == 0 {
		size = 50
	}
	all := s.layers[name]
	to := min(from+size, len(all))
	page := map[string]any{"LayerVersions": []layerVersion{}}
	var items []layerVersion
	for _, v := range all[from:to] {
		v.Content = nil
		items = append(items, v)
	}
	if items != nil {
		page["LayerVersions"] = items
	}
	if to < len(all) {
		page["NextMarker"] = strconv.Itoa(to)
	}
	return answer(200, page)
}

func (s *Server) getVersion(name, number string) reply {
	s.mu.Lock()
	defer s.mu.Unlock()
	n, err := strconv.Atoi(number)
	if err != nil || n < 1 || n > len(s.layers[name]) {
		return failure(true, 404, "ResourceNotFoundException", "The resource you requested does not exist.")
	}
	return answer(200, s.layers[name][n-1])
}

func answer(status int, v any) reply {
	body, err := json.Marshal(v)
	if err != nil {
		return failure(true, 500, "ServiceException", err.Error())
	}
	return reply{status, map[string]string{"Content-Type": "application/json"}, body}
}
