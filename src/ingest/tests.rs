mod broken;
mod files;
mod links;
mod workbook;
