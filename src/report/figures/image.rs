//! The image of an example slice as figures show it, where it is kept.

use crate::draw::picture::Picture;
use crate::records::examples::Example;

/// The image in grey; none where it is withheld.
pub fn of(slice: &Example) -> Option<Picture> {
    slice.has_image().then(|| Picture::grey(slice.width, &slice.image, [0.0, slice.white()]))
}

/// A row of that picture alone, with its title; none where it is withheld.
pub fn row(slice: &Example) -> Option<(String, Vec<Option<Picture>>)> {
    Some(("image".to_string(), vec![Some(of(slice)?)]))
}
