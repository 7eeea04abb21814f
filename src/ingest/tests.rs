mod broken;
mod files;
mod links;
mod lists;
pub(in crate::ingest) mod workbook;
