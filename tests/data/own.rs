//! Data of one's own: tables, folders of images and labels, and the faults in them.

use anyhow::{Context, Result};
use lossbench::data::decathlon::write_task;
use lossbench::data::listing::{Listing, list};
use lossbench::data::nifti::{Voxels, plain_header, write_like};
use lossbench::data::{DataError, Volume};
use lossbench::definition::shipped;
use lossbench::definition::study::Study;
use lossbench::study::prepared::Prepared;
use png::{BitDepth, ColorType, Encoder};
use rstest::rstest;
use std::fs;
use std::path::Path;

const SHAPE: [usize; 3] = [16, 12, 1];

/// A volume of one slice, whose intensities are whole numbers of 16 bits.
fn volume(number: usize) -> Volume {
    let image = (0..192).map(|place| ((place * 331 + number * 977) % 4096) as f32).collect();
    let label = (0..192).map(|place| u8::from((place + number) % 16 < 5)).collect();
    Volume { id: format!("scan_{number}"), shape: SHAPE, image, label }
}

pub fn volumes() -> Vec<Volume> {
    (0..8).map(volume).collect()
}

fn write_png(path: &Path, depth: BitDepth, bytes: &[u8]) -> Result<()> {
    let mut encoder = Encoder::new(fs::File::create(path)?, 12, 16);
    encoder.set_color(ColorType::Grayscale);
    encoder.set_depth(depth);
    encoder.write_header()?.write_image_data(bytes)?;
    Ok(())
}

/// `images/` and `masks/` of PNG files.
pub fn write_pictures(folder: &Path, volumes: &[Volume]) -> Result<()> {
    for part in ["images", "masks"] {
        fs::create_dir_all(folder.join(part))?;
    }
    for Volume { id, image, label, .. } in volumes {
        // Row by row; x, which runs fastest in a volume, is the row.
        let places = || (0..16).flat_map(|row| (0..12).map(move |column| row + 16 * column));
        let bytes: Vec<u8> = places().flat_map(|place| (image[place] as u16).to_be_bytes()).collect();
        write_png(&folder.join(format!("images/{id}.png")), BitDepth::Sixteen, &bytes)?;
        let labels: Vec<u8> = places().map(|place| label[place]).collect();
        write_png(&folder.join(format!("masks/{id}.png")), BitDepth::Eight, &labels)?;
    }
    Ok(())
}

/// NIfTI files of `volumes` and a table of them, with `split` of each.
fn write_table(folder: &Path, volumes: &[Volume], split: impl Fn(usize) -> &'static str) -> Result<()> {
    let mut text = "id,image,label,group,split,age\n".to_string();
    for (number, Volume { id, shape, image, label }) in volumes.iter().enumerate() {
        let header = plain_header(*shape, 1.0);
        write_like(&folder.join(format!("{id}.nii.gz")), &header, *shape, Voxels::F32(image))?;
        write_like(&folder.join(format!("{id}_label.nii.gz")), &header, *shape, Voxels::U8(label))?;
        text += &format!("{id}, {id}.nii.gz ,{id}_label.nii.gz,patient{},{},50\n", number / 2, split(number));
    }
    fs::write(folder.join("list.csv"), text)?;
    Ok(())
}

pub fn study(overrides: &[&str]) -> Result<Study> {
    let text = shipped::text("smoke").expect("the smoke study");
    let mut all = vec!["data.source=decathlon".to_string()];
    all.extend(overrides.iter().map(ToString::to_string));
    Study::parse(text, &all).map_err(anyhow::Error::msg)
}

pub fn prepared(path: &Path, overrides: &[&str]) -> Result<Prepared> {
    Ok(Prepared::load(&study(overrides)?, Some(path))?)
}

#[test]
fn the_same_volumes_are_the_same_study_however_they_lie_on_disk() -> Result<()> {
    let [task, pictures, table] = [tempfile::tempdir()?, tempfile::tempdir()?, tempfile::tempdir()?];
    write_task(task.path(), "T", &volumes())?;
    write_pictures(pictures.path(), &volumes())?;
    write_table(table.path(), &volumes(), |_| "")?;
    let expected = prepared(task.path(), &[])?;
    let of_pictures = prepared(pictures.path(), &[])?;
    assert_eq!((&of_pictures.hash, &of_pictures.split), (&expected.hash, &expected.split));
    let slices = |prepared: &Prepared| prepared.all.read(0..8);
    assert_eq!(slices(&of_pictures)?, slices(&expected)?);
    // The table's groups keep pairs together, which makes another split, and a hash that says so.
    let of_table = prepared(&table.path().join("list.csv"), &[])?;
    assert_eq!(slices(&of_table)?, slices(&expected)?);
    assert_ne!(of_table.hash, expected.hash);
    let test = &of_table.split.test;
    assert!(!test.is_empty() && test.iter().all(|volume| test.contains(&(volume ^ 1))), "{test:?}");
    Ok(())
}

#[test]
fn parts_are_those_of_the_table_or_of_the_split_file() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let word = |number: usize| ["train", "train", "validation", "test"][number / 2];
    write_table(folder.path(), &volumes(), word)?;
    let list = folder.path().join("list.csv");
    let given = prepared(&list, &[])?;
    assert_eq!(given.split.train, [0, 1, 2, 3]);
    assert_eq!((&given.split.validation, &given.split.test), (&vec![4, 5], &vec![6, 7]));
    let other = folder.path().join("split.csv");
    let write = |is_test: fn(usize) -> bool| {
        let row =
            |number: usize| format!("scan_{number},{}\n", if is_test(number) { "test" } else { "train" });
        fs::write(&other, format!("id,split\n{}", (0..8).map(row).collect::<String>()))
    };
    // The table's groups hold for the file's parts too.
    write(|number| number == 3)?;
    let message = prepared(&list, &[&format!("split.file={:?}", other.display().to_string())]);
    let message = message.err().context("a fault")?.to_string();
    assert!(message.contains("split.csv") && message.contains("is in two parts"), "{message}");
    write(|number| number / 2 == 1)?;
    let by_file = prepared(&list, &[&format!("split.file={:?}", other.display().to_string())])?;
    assert_eq!((by_file.split.test, by_file.split.train.len()), (vec![2, 3], 6));
    assert_ne!(by_file.hash, given.hash, "another split is another run");
    let message = prepared(&list, &["split.each_seed=true"]).unwrap_err().to_string();
    assert!(message.contains("set split.each_seed=false"), "{message}");
    // The table's groups stand above a rule of the study.
    let rule = study(&["split.group=number/2"])?;
    let groups = Prepared::load(&rule, Some(&list))?.groups(&rule);
    assert_eq!(
        groups,
        ["patient0", "patient0", "patient1", "patient1", "patient2", "patient2", "patient3", "patient3"]
    );
    Ok(())
}

/// Ids are p0_f0, p0_f1, p1_f2 and so on.
#[rstest]
#[case::groups_that_are_whole("before(_f)", [0, 1], Ok("p0"))]
#[case::ids_that_it_cannot_read("before(_frame)", [1, 2], Ok("p0_f1"))]
#[case::a_group_in_two_parts("before(_f)", [1, 2], Err("group 'p0' is in two parts: p0_f0 is for train, p0_f1 for test"))]
fn parts_that_a_table_gives_are_held_to_a_rule_of_the_study(
    #[case] rule: &str,
    #[case] test: [usize; 2],
    #[case] expected: Result<&str, &str>,
) -> Result<()> {
    let folder = tempfile::tempdir()?;
    write_table(folder.path(), &volumes(), |_| "")?;
    let part = |number| if test.contains(&number) { "test" } else { "train" };
    let row = |number| {
        format!(
            "p{}_f{number},scan_{number}.nii.gz,scan_{number}_label.nii.gz,{}\n",
            number / 2,
            part(number)
        )
    };
    let list = folder.path().join("frames.csv");
    fs::write(&list, format!("id,image,label,split\n{}", (0..8).map(row).collect::<String>()))?;
    let study = study(&[&format!("split.group={rule}")])?;
    match (Prepared::load(&study, Some(&list)), expected) {
        (Ok(prepared), Ok(group)) => assert_eq!(prepared.groups(&study)[1], group),
        (Err(fault), Err(says)) => {
            let message = fault.to_string();
            let named = ["frames.csv", says, "split.group"].iter().all(|part| message.contains(part));
            assert!(named, "{message}");
        }
        (found, _) => anyhow::bail!("{:?} instead of {expected:?}", found.map(|prepared| prepared.split)),
    }
    Ok(())
}

/// Intensities are 0 to 4095.
#[test]
fn images_that_scaling_leaves_nothing_of_are_named() -> Result<()> {
    let folder = tempfile::tempdir()?;
    write_pictures(folder.path(), &volumes())?;
    let named = |scale: &str| -> Result<bool> {
        let prepared = prepared(folder.path(), &[&format!("data.scale={scale}")])?;
        Ok(prepared
            .notes
            .iter()
            .any(|note| note.contains("one intensity alone in a channel of scan_0, scan_1")))
    };
    assert!(named("window(5000,6000)")? && !named("window(1000,2000)")?);
    Ok(())
}

/// A table of more volumes than the study names gives those that it names their parts.
#[test]
fn a_table_with_parts_serves_a_list_of_volumes() -> Result<()> {
    let folder = tempfile::tempdir()?;
    write_table(folder.path(), &volumes(), |number| ["train", "train", "validation", "test"][number / 2])?;
    let list = folder.path().join("list.csv");
    let all = prepared(&list, &[])?;
    let wanted = all.volumes.iter().filter(|volume| volume.id != "scan_1");
    let row = |one: &lossbench::data::hash::Fingerprint| {
        let [width, height, depth] = one.shape;
        format!("{},{width},{height},{depth},{}\n", one.id, one.hash)
    };
    let named = folder.path().join("volumes.csv");
    fs::write(&named, format!("volume,width,height,depth,sha256\n{}", wanted.map(row).collect::<String>()))?;
    let some = prepared(&list, &[&format!("data.volumes={:?}", named.display().to_string())])?;
    assert_eq!(some.volumes.len(), all.volumes.len() - 1);
    assert_eq!((some.split.train.len(), some.split.test.len()), (3, 2));
    Ok(())
}

fn fault(listed: Result<Listing, DataError>) -> String {
    let message = listed.err().expect("a fault").to_string();
    assert!(!message.contains('\n'), "{message}");
    message
}

#[rstest]
#[case("", "has no column 'id'")]
#[case("id;image;label\n", "has no column 'id', but id;image;label: columns should be separated by commas")]
#[case("id,image,label\n", "has no row")]
#[case("id,image\na,a.nii\n", "has no column 'label'")]
#[case("id,image,label\na,a.nii,a.nii\na,a.nii,a.nii\n", "row 2: id 'a' is also that of row 1")]
#[case("id,image,label\n,a.nii,a.nii\n", "row 1: id is empty")]
#[case("id,image,label\nb,b.nii,a.nii\n", "row 1: 'b.nii' is no file")]
#[case("id,image,label\na,a.nii;,a.nii\n", "row 1: '' is no file")]
#[case("id,image,label\na,a.nii,\n", "row 1: '' is no file")]
#[case("id,image,label\na,a.nii\n", "is no table of commas")]
#[case("id,id,image\na,a,a\n", "has the column 'id' twice")]
#[case("id,image,label,split\na,a.nii,a.nii,held-out\n", "row 1: split should be train, validation or test")]
fn faults_of_a_table_are_named(#[case] text: &str, #[case] says: &str) -> Result<()> {
    let folder = tempfile::tempdir()?;
    fs::write(folder.path().join("a.nii"), "")?;
    let path = folder.path().join("list.csv");
    fs::write(&path, text)?;
    let message = fault(list(&path, |_| true));
    assert!(message.starts_with(&path.display().to_string()) && message.contains(says), "{message}");
    Ok(())
}

#[rstest]
#[case(&["images/a.png"], "has no label of its name")]
#[case(&["images/a.png", "masks/a.tif", "masks/b.png"], "has no image of its name")]
#[case(&["images/a.jpg", "masks/a.png"], "is no PNG, TIFF or NIfTI file")]
#[case(&["images/a.png", "images/a.tif", "masks/a.png"], "has the name of")]
#[case(&["images/.DS_Store", "masks/._a.png"], "holds no image")]
#[case(&["images/a.png", "masks/a.png", "labels/a.png"], "has both masks and labels")]
fn faults_of_a_folder_are_named(#[case] files: &[&str], #[case] says: &str) -> Result<()> {
    let folder = tempfile::tempdir()?;
    fs::create_dir_all(folder.path().join("images"))?;
    fs::create_dir_all(folder.path().join("masks"))?;
    for file in files {
        let path = folder.path().join(file);
        fs::create_dir_all(path.parent().expect("a folder"))?;
        fs::write(path, "")?;
    }
    let message = fault(list(folder.path(), |_| true));
    assert!(message.contains(says), "{message}");
    Ok(())
}

#[test]
fn a_mask_of_another_size_is_named_with_both() -> Result<()> {
    let folder = tempfile::tempdir()?;
    write_pictures(folder.path(), &volumes()[..1])?;
    let mask = folder.path().join("masks/scan_0.png");
    let mut encoder = Encoder::new(fs::File::create(&mask)?, 16, 12);
    encoder.set_color(ColorType::Grayscale);
    encoder.write_header()?.write_image_data(&[0; 192])?;
    let entry = list(folder.path(), |_| true)?.entries.remove(0);
    let message = entry.read().unwrap_err().to_string();
    assert!(message.starts_with(&mask.display().to_string()), "{message}");
    assert!(
        message.contains("has 16 x 12 pixels on 1 page(s), but its image") && message.contains("12 x 16"),
        "{message}"
    );
    Ok(())
}
