package ast

import "testing"

func TestNearest(t *testing.T) {
	names := []string{"id", "NSFW_score", "image_caption", "text_embedding", "title"}
	for word, want := range map[string]string{
		"captoin": "image_caption", "nsfw_scroe": "NSFW_score", "tilte": "title", "embedding": "text_embedding", "titel": "title",
		"idd": "id", "x": "", "price": "", "": "", "image_captions": "image_caption",
	} {
		if got := Nearest(word, names); got != want {
			t.Errorf("%q is nearest to %q, not %q", word, got, want)
		}
	}
	if got := Nearest("score", []string{"a_score", "b_score"}); got != "" {
		t.Errorf("two columns have a score, but the answer is %q", got)
	}
}
